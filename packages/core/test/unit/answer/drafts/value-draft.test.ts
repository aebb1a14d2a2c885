import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { AnswerDrafts } from '../../../../src/answer/drafts/answer-drafts.ts';
import { knowText } from '../../../../src/answer/drafts/known-text.ts';
import { ValueDraft } from '../../../../src/answer/drafts/value-draft.ts';
import { createTokenizer } from '../../../../src/text/tokenizer.ts';

/** A token a character. */
const characters = {
  encodeText: (text: string): number[] => [...text].map((character) => character.codePointAt(0) as number),
  pieceBytes: (token: number): Uint8Array => Buffer.from(String.fromCodePoint(token)),
};
const textOf = (tokens: readonly number[] | undefined): string | undefined => tokens && String.fromCodePoint(...tokens);

const page = [
  'Khan & Wilson S.A.',
  'Elm St 52, 8430 Toronto',
  'Receipt No. OLXBGK48W',
  'Invoice date: 24.12.2023',
  'Item Qty Total',
  'Soap 2 15.84',
  'Total 15.84',
  'Paid by Debit',
].join('\n');

function behind(written: string, { text = page, count = 40 } = {}): string | undefined {
  const draft = new ValueDraft(knowText(text), characters);
  const end = {
    text: written,
    letters: '',
    written: written.length,
    tokens: characters.encodeText(written),
    endsBlank: /\s$/.test(written),
  };
  return textOf(draft.continue(end, count)?.tokens());
}

describe('a value that was named', () => {
  it('stands behind a label like its name, up to the end of the line', () => {
    expect(behind('{"receipt no": "')).toBe('OLXBGK48W"');
    expect(behind('{"total": "1", "invoice_date": "')).toBe('24.12.2023"');
    expect(behind('{"invoiceDate": "')).toBe('24.12.2023"');
    expect(behind('{"transaction_date": "', { text: 'Khan\nDate 24.12.2023' })).toBe('24.12.2023"');
  });

  it('is not the head of a column, where the label stands before something on its line elsewhere', () => {
    expect(behind('{"total": "')).toBe('15.84"');
    expect(behind('{"total": "', { text: 'Item Qty Total\nSoap 2 15.84' })).toBe('Soap 2 15.84"');
  });

  it('has its quotation mark where that was not written yet, and none where it is a number', () => {
    expect(behind('{"total":')).toBe(' "15.84"');
    expect(behind('{"total": ')).toBe('"15.84"');
    expect(behind('{"total": 1')).toBe('5.84');
  });

  it('begins with the letters that are there, behind the label or behind the value before', () => {
    expect(behind('{"company": "K')).toBe('han & Wilson S.A."');
    expect(behind('{"invoice_date": "2')).toBe('4.12.2023"');
    const draft = new ValueDraft(knowText('Anna met Ann in Rome, and Andrew\nAndy too'), characters);
    const next = (written: string) =>
      textOf(
        draft.continue({ text: written, letters: '', written: 9, tokens: characters.encodeText(written), endsBlank: false }, 6)?.tokens(),
      );
    expect([next('{"one": "An'), next('{"two": "An')]).toEqual(['na met', 'n in R']);
  });

  it('is not guessed without a label, with three letters of it, or where no value was named', () => {
    expect(behind('{"company": "')).toBeUndefined();
    expect(behind('{"company": "Kha')).toBeUndefined();
    expect(behind('{"company": "Z')).toBeUndefined();
    expect(behind('Total')).toBeUndefined();
    expect(behind('{"total"')).toBeUndefined();
    expect(behind('{"total": "15.84", "')).toBeUndefined();
  });

  it('is looked for in little work, however long the text is', () => {
    const draft = new ValueDraft(knowText('Total of it '.repeat(4000)), characters);
    const written = '{"a total of all": "';
    const end = { text: written, letters: '', written: 9, tokens: characters.encodeText(written), endsBlank: false };
    expect(draft.continue(end, 4)).toBeDefined();
    const looks = vi.spyOn(String.prototype, 'startsWith');
    draft.continue(end, 4);
    const count = looks.mock.calls.length;
    looks.mockRestore();
    expect(count).toBe(0); // labels are looked for once in an answer
  });
});

describe('guesses of an answer', () => {
  const modelBytes = readFileSync(join(import.meta.dirname, '../../../golden/reference/tokenizer.model'));
  const tokenizer = createTokenizer({ modelBytes, addedTokens: {} });

  it('of values are proposed, and given up where they are never right', () => {
    const names = ['receipt no', 'invoice date', 'total', 'paid by'];
    const propose = (makeValue: () => string): readonly string[] => {
      const drafts = new AnswerDrafts({ texts: [page], prompt: [], tokenizer });
      const accept = (text: string): void => {
        for (const token of tokenizer.encodeText(text)) drafts.accept(token);
      };
      return Array.from({ length: 40 }, (_, round) => {
        const name = names[round % names.length] as string;
        accept(`{"${name}": "`);
        const proposed = tokenizer.decode(drafts.propose(6));
        accept(`${makeValue()}"}\n`);
        return proposed;
      });
    };
    expect(propose(() => 'Xq7')[0]).toMatch(/^OLXB/);
    const never = propose(() => `zq${Math.random().toString(36).slice(2, 8)}`);
    expect(never.slice(-4).filter((proposed) => /OLX|24\.12|15\.84|Debit/.test(proposed))).toEqual([]);
  });

  it('of tokens that came before are given up where they are never right, as the empty values of a form that is filled in', () => {
    const names = 'company address receipt invoice total payment currency street country phone'.split(' ');
    const prompt = tokenizer.encodeText(`{${names.map((name) => `"${name}": ""`).join(', ')}}`);
    const drafts = new AnswerDrafts({ texts: ['Nothing of use.'], prompt, tokenizer });
    const proposed = names.map((name, place) => {
      for (const token of tokenizer.encodeText(`${place === 0 ? '{' : ', '}"${name}":`)) drafts.accept(token);
      const candidates = drafts.propose(4);
      for (const token of tokenizer.encodeText(` "${place * 7919}"`)) drafts.accept(token);
      return candidates.length;
    });
    expect(proposed[0]).toBeGreaterThan(0);
    expect(proposed.at(-1)).toBe(0);
  });
});
