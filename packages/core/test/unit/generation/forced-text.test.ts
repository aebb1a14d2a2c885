import { expect, test } from 'vitest';
import { createConstraint } from '../../../src/constraints/constraint.ts';
import { Machine } from '../../../src/constraints/machine/machine.ts';
import { TokenMasks } from '../../../src/constraints/tokens/token-masks.ts';
import { createForcedText } from '../../../src/generation/forced-text.ts';
import { compileFor, decodingProfile, indented, isAllowed, oneLine, openVocabulary, writeJson } from '../../helpers/constraint-walks.ts';

const schema = {
  type: 'object',
  properties: {
    company: { type: 'string' },
    date: { type: ['string', 'null'], format: 'date' },
    currency: { enum: ['EUR', 'USD', 'EURO'] },
    paid: { type: 'boolean' },
    items: {
      type: 'array',
      items: { type: 'object', properties: { name: { type: 'string' }, price: { type: 'number' } }, required: ['name', 'price'] },
    },
    'größe "x"': { type: 'string' },
  },
  required: ['company', 'date', 'currency', 'paid', 'items', 'größe "x"'],
};

const documents = [
  { company: 'Müller & Söhne', date: '2024-02-29', currency: 'EUR', paid: true, items: [], 'größe "x"': '' },
  { company: '', date: null, currency: 'EURO', paid: false, items: [{ name: '$5 off', price: -5 }], 'größe "x"': '"quoted"' },
  {
    company: '東京',
    date: null,
    currency: 'USD',
    paid: true,
    items: [
      { name: '/a', price: 1.5 },
      { name: ' b', price: 20 },
    ],
    'größe "x"': '<x>\n',
  },
];

/** Writes a document as a model would that writes the tokenizer's own tokens, and counts those that it was not asked for. */
async function writeDocument(
  which: 'real' | 'mini',
  layout: typeof oneLine,
  document: unknown,
): Promise<{ readonly jumped: number; readonly total: number }> {
  const { tokenizer, prepared } = openVocabulary(which);
  const machine = new Machine(await compileFor(schema, decodingProfile(layout)));
  const constraint = createConstraint(new TokenMasks(machine, prepared));
  const forced = createForcedText(constraint, tokenizer);
  const ids = tokenizer.encodeText(writeJson(document, layout));
  let jumped = 0;
  for (let index = 0; index < ids.length; ) {
    const token = ids[index] as number;
    expect(isAllowed(constraint.mask(), token)).toBe(true);
    constraint.accept(token);
    forced.accept(token);
    index += 1;
    const tokens = forced.take();
    expect(tokens).toEqual(ids.slice(index, index + tokens.length));
    jumped += tokens.length;
    index += tokens.length;
  }
  expect(constraint.isFinished).toBe(true);
  return { jumped, total: ids.length };
}

test.each([
  ['real', 'on one line', oneLine],
  ['real', 'indented', indented],
  ['mini', 'on one line', oneLine],
] as const)('forced text comes in the tokens that the model itself would write: %s vocabulary, %s', async (which, _, layout) => {
  for (const document of documents) {
    const { jumped, total } = await writeDocument(which, layout, document);
    expect(jumped).toBeGreaterThan(total / 4);
  }
});

test('gives nothing before the first token, which may or may not begin with a space', async () => {
  const { tokenizer, prepared } = openVocabulary('real');
  const machine = new Machine(await compileFor(schema, decodingProfile()));
  const constraint = createConstraint(new TokenMasks(machine, prepared));
  expect(createForcedText(constraint, tokenizer).take()).toEqual([]);
  expect(constraint.jumpForward().text).toBe('{"company": "');
});
