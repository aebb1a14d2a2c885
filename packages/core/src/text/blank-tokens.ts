import type { Tokenizer } from './tokenizer.ts';

const utf8 = new TextDecoder();

/** Whether all that a token adds to a text is white space. Tokens without text, such as the end token, are not blank. */
export function isBlankToken(tokenizer: Pick<Tokenizer, 'pieceBytes'>, id: number): boolean {
  const bytes = tokenizer.pieceBytes(id);
  return bytes.length > 0 && utf8.decode(bytes).trim() === '';
}
