import type { PageLines, TextLayer } from '@h2ovl/contract';
import { describe, expect, test } from 'vitest';
import { addReason, answerVerdict, failureVerdict, layerVerdict, linesVerdict } from '../../../../src/operations/verdicts/verdicts.ts';

const nothing: PageLines = {
  width: 10,
  height: 10,
  rotation: 0,
  rotationMargin: 0,
  hasText: false,
  lines: [],
  text: '',
  unreadable: 0,
  warnings: [],
};
const box = [0, 1, 2, 3].map(() => [0, 0] as const) as unknown as PageLines['lines'][number]['box'];
const number7 = { text: '7', confidence: 0.9, box, height: 10, words: [] };

describe('what the line reader saw', () => {
  test('is blank only after a search to the end that found no place like text', () => {
    expect(linesVerdict(nothing)).toEqual({ kind: 'blank', reasons: ['No place on the page looks like text.'], attempts: [] });
    expect(linesVerdict({ ...nothing, unreadable: 2 })).toMatchObject({
      kind: 'unreadable',
      reasons: [expect.stringContaining('2 places')],
    });
    expect(linesVerdict({ ...nothing, warnings: ['It was too large.'] })).toMatchObject({
      kind: 'unreadable',
      reasons: [expect.any(String), 'It was too large.'],
    });
    expect(linesVerdict({ ...nothing, lines: [number7] }).kind).toBe('ok'); // a page number is not text, and not blank either
    const dash = { ...number7, text: '-' };
    expect(linesVerdict({ ...nothing, lines: [dash], unreadable: 3 })).toMatchObject({
      kind: 'unreadable',
      reasons: [expect.stringContaining('4 places')], // blots of ink are read as dashes
    });
    expect(linesVerdict({ ...nothing, lines: [dash, number7] }).kind).toBe('ok');
  });
});

describe('an answer', () => {
  test('says how it ended, before everything else', () => {
    const ends = ['stop', 'stop-sequence', 'length', 'loop', 'timeout'] as const;
    expect(ends.map((end) => answerVerdict('text', end, nothing).kind)).toEqual(['ok', 'ok', 'truncated', 'looped', 'timed-out']);
  });

  test('that is empty is judged by what the line reader saw', () => {
    expect(answerVerdict(' ', 'stop')).toMatchObject({ kind: 'ok', reasons: ['The answer is empty.'] });
    expect(answerVerdict('', 'stop', nothing).kind).toBe('blank');
    expect(answerVerdict('', 'stop', { ...nothing, unreadable: 1 }).kind).toBe('unreadable');
  });

  test('that nobody else can confirm says so', () => {
    expect(answerVerdict('text', 'stop', { ...nothing, lines: [number7] }).reasons).toEqual([]);
    const [reason] = answerVerdict('text', 'stop', { ...nothing, unreadable: 1 }).reasons;
    expect(reason).toBe("One place looks like text, and the line reader can read none of it. The text stands on the model's word alone.");
  });

  test('that failed is cut, or failed', () => {
    const output = { text: '{', issues: [], finishReason: 'loop' };
    expect(failureVerdict({ code: 'OUTPUT_INVALID', message: 'Cut.', output })).toMatchObject({ kind: 'looped', reasons: ['Cut.'] });
    expect(failureVerdict({ code: 'OUTPUT_INVALID', message: 'No.', output: { ...output, finishReason: 'stop' } }).kind).toBe('failed');
    expect(failureVerdict({ code: 'IMAGE_UNREADABLE', message: 'No.' }).kind).toBe('failed');
  });
});

test('a text layer is taken at its word where it is healthy', () => {
  const layer: TextLayer = { lines: [], text: 'a', hidden: [], health: 'healthy', reason: undefined, warnings: [] };
  expect(layerVerdict(layer, 'it is healthy')).toEqual({ kind: 'ok', reasons: [], attempts: [] });
  expect(layerVerdict({ ...layer, health: 'broken' }, 'it is broken')).toMatchObject({
    kind: 'ok',
    reasons: [expect.stringContaining('broken')],
  });
  expect(layerVerdict({ ...layer, health: 'missing' }, 'it is missing').kind).toBe('unreadable');
  expect(layerVerdict(undefined, 'a picture has none').kind).toBe('unreadable');
});

test('a reason is added where there is one', () => {
  const verdict = linesVerdict(nothing);
  expect(addReason(verdict, undefined)).toBe(verdict);
  expect(addReason(verdict, 'So.').reasons).toEqual([...verdict.reasons, 'So.']);
});
