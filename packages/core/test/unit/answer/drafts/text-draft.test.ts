import { expect, it } from 'vitest';
import { knowText } from '../../../../src/answer/drafts/known-text.ts';
import { TextDraft } from '../../../../src/answer/drafts/text-draft.ts';

/** A token a character. */
const tokenizer = {
  encodeText: (text: string): number[] => [...text].map((character) => character.codePointAt(0) as number),
  pieceBytes: (token: number): Uint8Array => Buffer.from(String.fromCodePoint(token)),
};

const end = (letters: string, written: number) => ({
  text: letters,
  letters: letters.slice(-12),
  written,
  tokens: tokenizer.encodeText(letters),
  endsBlank: false,
});

it('knows no place for letters that stand nowhere in the text, wherever the answer should be by now', () => {
  const text = 'abc defghi jklmno pqrstu vwxyz 0123456789';
  for (let more = 0; more < 12; more += 1) {
    const draft = new TextDraft(knowText(text), tokenizer);
    // The answer wrote much that is not there, and then the first letters of the text: it is taken to be there.
    expect(draft.continue(end(`${'#'.repeat(40)}abc`, 43), 4)?.matched).toBe(3);
    const written = `${'#'.repeat(40)}abc${'!'.repeat(more)}`;
    expect(draft.continue(end(written, written.length), 4)?.matched).toBe(more === 0 ? 3 : undefined);
  }
});

it('is looked through as far as 40,000 letters, however many a character stands for', () => {
  const ligature = '\uFDFA'; // 15 letters and three blanks
  const text = `${ligature.repeat(5000)}Payable within fourteen days`;
  expect(new TextDraft(knowText(text), tokenizer).continue(end('payablewithin', 13), 4)).toBeUndefined();
  expect(new TextDraft(knowText(text.slice(-40)), tokenizer).continue(end('payablewithin', 13), 4)?.matched).toBe(12);
});
