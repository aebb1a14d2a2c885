import type { ForcedTextTokenizer } from './forced-text.ts';

/** The tokens of a text that follows others; none where its beginning would be merged into the last of them. */
export function encodeBehind(context: readonly number[], text: string, tokenizer: ForcedTextTokenizer): readonly number[] {
  const before = Buffer.concat(context.map((token) => tokenizer.pieceBytes(token)));
  const whole = Buffer.concat([before, Buffer.from(text)]);
  const ids = tokenizer.encodeText(whole.toString());
  // Counted from the end: the tokenizer may put a space of its own at the start.
  const wanted = Buffer.byteLength(text);
  let length = 0;
  for (let index = ids.length - 1; index >= 0; index -= 1) {
    length += tokenizer.pieceBytes(ids[index] as number).length;
    if (length === wanted) return ids.slice(index);
    if (length > wanted) break;
  }
  return [];
}
