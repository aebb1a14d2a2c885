import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AnswerDrafts } from '../../../../src/answer/drafts/answer-drafts.ts';
import { createTokenizer } from '../../../../src/text/tokenizer.ts';

const modelBytes = readFileSync(join(import.meta.dirname, '../../../golden/reference/tokenizer.model'));
const tokenizer = createTokenizer({ modelBytes, addedTokens: { '<|end|>': 32_000, '<|image|>': 32_001 } });
const page = 'Invoice 4711\nMüller & Söhne GmbH\nTotal 1.234,50 EUR\nPayable within 14 days – thank you for “your” order.';

/** What is proposed behind the beginning of an answer; `more` are tokens, where text cannot say it. */
function behind(written: string, { texts = [page], prompt = [] as readonly number[], count = 16 } = {}): string {
  return tokenizer.decode(proposed(written, { texts, prompt, count }));
}

function proposed(written: string, { texts = [page], prompt = [] as readonly number[], count = 16 } = {}): readonly number[] {
  const drafts = new AnswerDrafts({ texts, prompt, tokenizer });
  for (const token of tokenizer.encodeText(written)) drafts.accept(token);
  return drafts.propose(count);
}

describe('candidates from a text', () => {
  it('are the tokens that the model would write', () => {
    const whole = tokenizer.encodeText(page);
    const drafts = new AnswerDrafts({ texts: [page], prompt: [], tokenizer });
    let right = 0;
    for (const [place, token] of whole.entries()) {
      drafts.accept(token);
      const next = drafts.propose(4);
      if (place + 1 < whole.length && next[0] === whole[place + 1]) right += 1;
    }
    expect(right / (whole.length - 1)).toBeGreaterThan(0.85);
  });

  it('follow the last letters, whatever stood before them', () => {
    expect(behind('The seller is called Müller & Söhne')).toMatch(/^GmbH\nTotal/);
  });

  it('are found without case, blanks, accents and kinds of dashes and quotes', () => {
    expect(behind('MULLER &SOHNE')).toMatch(/^GmbH/);
    expect(behind('within 14 days - thank you')).toMatch(/^for “your/);
    expect(behind('days—thank you for "your"')).toMatch(/^order/);
  });

  it('go on behind a blank without another one', () => {
    const [first] = proposed('Invoice 4711\n');
    expect(tokenizer.decode([first as number])).toMatch(/^M/);
  });

  it('go on in the middle of a word', () => {
    const drafts = new AnswerDrafts({ texts: ['a strangely spelt Xqzwvkj stands here'], prompt: [], tokenizer });
    const before = tokenizer.encodeText('a strangely spelt Xq');
    for (const token of before) drafts.accept(token);
    expect(tokenizer.decode([...before, ...drafts.propose(10)])).toMatch(/^a strangely spelt Xqzwvkj stands/);
  });

  it('are those of the place nearest to where the answer should be', () => {
    const rows = 'Pen 1 piece red\nInk 2 pieces blue\nPad 1 piece green\nCup 1 piece white\n';
    expect(behind('Pen 1 piece', { texts: [rows] })).toMatch(/^red/);
    expect(behind('Pen 1 piece red\nInk 2 pieces blue\nPad 1 piece', { texts: [rows] })).toMatch(/^green/);
  });

  it('come from the text that more letters speak for', () => {
    expect(behind('Payable within 14 days', { texts: ['24 days only', page] })).toMatch(/^– thank/);
  });

  it('are none where the text does not stand, or ends', () => {
    expect(proposed('Xylophone quiz')).toEqual([]);
    expect(proposed(page)).toEqual([]);
    expect(proposed('nothing', { texts: [] })).toEqual([]);
  });

  it('are as many as were asked for, at most', () => {
    for (const count of [1, 2, 7, 16]) expect(proposed('Invoice', { count }).length).toBeLessThanOrEqual(count);
  });

  it('do not stumble over a character that is not complete, or an id without text', () => {
    const drafts = new AnswerDrafts({ texts: [page], prompt: [], tokenizer });
    for (const token of [...tokenizer.encodeText('Invoice \u{1F600}').slice(0, -1), 32_000, 40_000]) drafts.accept(token);
    expect(() => drafts.propose(8)).not.toThrow();
  });
});

describe('candidates behind a sign that another reader read in another way', () => {
  it.each([
    ['taken for another', 'Invoice 4711\nMuller & Sohme G', /^mbH\nTotal/],
    ['put in', 'Invoice 4711\nMuller & Sohne GmbH\nTotal:', /^ ?1\.234/],
    ['left out', 'Invoice 4711\nMuller  Sohne GmbH\nTotal 1.2345', /^0 EUR/],
    ['taken for another at the very end', 'Invoice 47l', /^1\nM/],
  ])('go on at once: %s', (_, written, expected) => {
    expect(behind(written)).toMatch(expected);
  });

  it('are those of the place where the answer should be, though a few of its letters stand elsewhere as well', () => {
    const text = 'Hardware store\nInvoice No 99, Industrial Park\nOrder No. 48, Station Road';
    expect(behind('Hardware store\nInvoice No.', { texts: [text] })).toMatch(/^ ?99, Industrial/);
  });

  it('are those of another place where more letters speak for it', () => {
    const text = 'Net sum 17,50 EUR without tax\nAll sum 18,60 GBP with tax';
    expect(behind('Net sum 17,60', { texts: [text] })).toMatch(/^ ?EUR/);
    expect(behind('Net sum 18,60', { texts: [text] })).toMatch(/^ ?GBP/);
  });

  it('lose against what was written before, and win, by the letters that speak for each', () => {
    const written = `${page.slice(0, page.indexOf(' days'))}.`;
    expect(behind(written, { prompt: tokenizer.encodeText('Take 14. Thanks') })).toMatch(/^ ?days/);
    expect(behind(written, { prompt: tokenizer.encodeText('Payable within 14. Thanks') })).toMatch(/^ ?Thanks/);
  });

  const rows = [
    'amber basil cedar',
    'delta ember fjord',
    'grove hazel ivory',
    'jumbo koala lemon',
    'mango noble ocean',
    'prism quartz raven',
  ]
    .concat(['solar tulip ultra', 'vivid walnut xenon', 'yacht zebra acorn', 'birch cliff daisy', 'eagle flint grape', 'honey igloo juice'])
    .concat(['kiosk lilac maple', 'night olive pearl', 'queen river stone', 'tiger urban vapor']);

  /** How many candidates there are behind each `#` of an answer. */
  function countBehindMarks(answer: string): readonly number[] {
    const drafts = new AnswerDrafts({ texts: [rows.join(' ')], prompt: [], tokenizer });
    const counts: number[] = [];
    for (const token of tokenizer.encodeText(answer)) {
      drafts.accept(token);
      const { length } = drafts.propose(4);
      if (tokenizer.decode([token]).includes('#')) counts.push(length);
    }
    return counts;
  }

  it('are none any more where they were hardly ever right in this answer, and come back where they would have been', () => {
    const marked = rows.map((row) => `${row}# `);
    const upwards = [...marked].reverse().slice(1); // the row that follows in the text never comes
    const [first, ...rest] = countBehindMarks(upwards.join('') + marked.join('')) as [number, ...number[]];
    expect(first).toBeGreaterThan(0);
    expect(rest[upwards.length - 2]).toBe(0);
    expect(rest.at(-2)).toBeGreaterThan(0); // nothing follows the last row
    expect(Math.min(...countBehindMarks(marked.join('')).slice(0, -1))).toBeGreaterThan(0);
  });
});

describe('candidates from what was written before', () => {
  const row = (name: string): string => `{"article_name": "${name}", "quantity_ordered": 1}, `;

  it('are keys that come again', () => {
    expect(behind(`[${row('Pen')}{"article_name": "Ink", "quantity`, { texts: [] })).toMatch(/^_ordered": 1}, \{/);
  });

  it('are words of the prompt, and never tokens of its pictures', () => {
    const prompt = [32_001, 32_001, ...tokenizer.encodeText('Who is the authorised signatory of the contract?'), 32_000, 32_001];
    expect(behind('It is the authorised signatory', { texts: [], prompt })).toMatch(/^of the contract/);
    expect(behind('about the contract?', { texts: [], prompt })).toBe('');
  });

  it('lose against a text for which more letters speak', () => {
    const prompt = tokenizer.encodeText('Say: Total of all.');
    expect(behind('Müller & Söhne GmbH\nTotal', { prompt })).toMatch(/^1\.234/);
  });
});
