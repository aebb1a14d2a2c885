import { describe, expect, test } from 'vitest';
import { makePdf } from '../../../../dev/src/testing/pdf/make-pdf.ts';
import { type ReadDocumentOptions, readDocument } from '../../../src/operations/read-document.ts';
import { FakePageModel } from './fake-page-model.ts';

const letter = makePdf({ pages: [{ items: [{ type: 'text', text: 'Dear reader', x: 60, y: 760, size: 14 }] }] });

const heedless: readonly ReadDocumentOptions[] = [
  { tiles: 4 },
  { tiles: 'crops' },
  { rotate: 90 },
  { instruction: 'Read the total.' },
  { maxOutputTokens: 5 },
  { temperature: 0.5 },
  { seed: 7 },
  { stopSequences: ['x'] },
  { readBlank: true },
  { support: true },
  { retry: true },
];

describe.each(['lines', 'text'] as const)("mode '%s'", (mode) => {
  test.each(heedless.map((options) => [Object.keys(options)[0] as string, options] as const))(
    'refuses %s, which only a model heeds',
    (name, options) => {
      const act = (): unknown => readDocument(letter, { ...options, mode, model: new FakePageModel() });
      expect(act).toThrow(
        expect.objectContaining({
          code: 'INVALID_ARGUMENT',
          param: name,
          message: `${name} is for the model, and the mode '${mode}' asks none.`,
          hint: expect.stringContaining(`Leave ${name} out`),
        }),
      );
    },
  );

  test('takes what leaves the choice open, or asks for less', () => {
    const open = { tiles: 'auto', rotate: 'auto', drafts: 'off', retry: false, support: false, readBlank: false, endLoops: false } as const;
    expect(() => readDocument(letter, { ...open, mode })).not.toThrow();
  });
});

describe("mode 'auto' without a model", () => {
  test.each(heedless.map((options) => [Object.keys(options)[0] as string, options] as const))('refuses %s', (name, options) => {
    expect(() => readDocument(letter, options)).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        param: name,
        message: `${name} is for the model, and none was given.`,
        hint: `Leave ${name} out, or pass a model.`,
      }),
    );
    expect(() => readDocument(letter, { ...options, model: new FakePageModel() })).not.toThrow();
  });

  test.each(['auto', 'text'] as const)("has nothing to compare with, nor has the mode 'text': %s", (mode) => {
    expect(() => readDocument(letter, { mode, compare: true })).toThrow(
      expect.objectContaining({
        param: 'compare',
        message: expect.stringContaining('no model was given'),
        hint: expect.stringContaining('pass a model'),
      }),
    );
  });
});

test("the mode 'lines' has nothing to compare, and says so; the mode 'text' asks the model to compare", () => {
  const model = new FakePageModel();
  expect(() => readDocument(letter, { mode: 'lines', compare: true, model })).toThrow(expect.objectContaining({ param: 'compare' }));
  expect(() => readDocument(letter, { mode: 'text', compare: true, tiles: 4, model })).not.toThrow();
});
