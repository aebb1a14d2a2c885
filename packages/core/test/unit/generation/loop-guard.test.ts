import { describe, expect, test } from 'vitest';
import { type FoundLoop, LoopGuard, type LoopGuardOptions } from '../../../src/generation/loop-guard.ts';

/** Pieces of about the size of a tokenizer's: words with the blank before them, single signs and digits. */
function write(text: string, options: LoopGuardOptions = {}): { readonly found: FoundLoop | undefined; readonly tokens: number } {
  const guard = new LoopGuard(options);
  const ids = new Map<string, number>();
  let tokens = 0;
  for (const piece of text.match(/ ?\p{L}+| ?[^\p{L}]/gu) ?? []) {
    const id = ids.get(piece) ?? ids.size;
    ids.set(piece, id);
    tokens += 1;
    const found = guard.push(id, piece);
    if (found !== undefined) return { found, tokens };
  }
  return { found: undefined, tokens };
}

const page = 'Invoice 2024\nEspresso 2.50\nRye bread 3.10\nTotal 5.60';

describe('a loop', () => {
  test('of what the page says once is ended after three copies or 64 tokens, and one copy is kept', () => {
    const { found, tokens } = write(`${page}\n${'Thank you very much. '.repeat(200)}`, { pageText: `${page}\nThank you very much.` });
    expect(tokens).toBeLessThanOrEqual(64 + 26);
    expect(`${page}\nThank you very much. `.slice(0, found?.from).trim()).toBe(`${page}\nThank you very much.`);
    expect(found).toMatchObject({ period: 5, unit: expect.stringContaining('you very much') });
  });

  test('that counts is one, too', () => {
    const counting = Array.from({ length: 300 }, (_, index) => `${index + 1}. foo bar baz\n`).join('');
    const { found, tokens } = write(counting, { pageText: page });
    expect(found?.unit).toMatch(/bar baz\n\d+\. foo/);
    expect(tokens).toBeLessThanOrEqual(160);
  });

  test('in a list of a JSON object is judged by its values: names of members stand on no page', () => {
    const item = '{"name":"Espresso","price":2.5,"quantity":1,"unit":null},';
    const { found } = write(`{"items":[${item.repeat(60)}`, { pageText: page, isJson: true });
    expect(found?.copies).toBeLessThanOrEqual(4);
    const many = Array.from({ length: 30 }, () => 'Espresso 1 2.5').join('\n');
    expect(write(`{"items":[${item.repeat(30)}`, { pageText: many, isJson: true }).found).toBeUndefined();
  });

  test('is ended where nobody looked at the page, too, only later', () => {
    const blind = write('the same again and again, '.repeat(400));
    expect(blind.found).toBeDefined();
    expect(blind.tokens).toBeGreaterThan(400);
  });
});

describe('what stands on the page as often', () => {
  test('is spared, and a loop behind it is not', () => {
    const rows = 'Copy paper A4 12.50\n';
    expect(write(rows.repeat(40), { pageText: rows.repeat(38) }).found).toBeUndefined();
    expect(write(rows.repeat(400), { pageText: rows.repeat(38) }).found?.copies).toBeLessThan(80);
  });

  test('digits, rules and leaders are spared', () => {
    const zeros = `${'0 '.repeat(90)}\n`;
    expect(write(zeros, { pageText: zeros }).found).toBeUndefined();
    expect(write(`Name ${'_'.repeat(300)}`, { pageText: 'Name' }).found).toBeUndefined();
    expect(write('|  |  |  |\n'.repeat(30), { pageText: 'Name Date Sum' }).found).toBeUndefined();
    expect(write('. '.repeat(5000), { pageText: 'Contents' }).found).toBeDefined();
  });
});
