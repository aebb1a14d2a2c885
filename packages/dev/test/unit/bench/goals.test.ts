import { expect, test } from 'vitest';
import { type Achieved, findGoal, type GoalQuestion } from '../../../src/bench/goals.ts';

const question = (given: Partial<GoalQuestion>): GoalQuestion => ({ model: '0.8b', work: '', precision: null, peer: undefined, ...given });
const achieved = (given: Partial<Achieved>): Achieved => ({ value: 0, ratio: null, roofShare: null, ...given });

// Each goal exactly at its limit, and just beyond.
test.each<[string, Partial<GoalQuestion>, Partial<Achieved>, Partial<Achieved>]>([
  ['>= 90 % of roof', { work: 'tile encode', precision: 'float32' }, { roofShare: 0.9 }, { roofShare: 0.899 }],
  ['>= 1.7x', { work: 'prefill 1800', precision: 'balanced', peer: 'node-llama-cpp Q4_0' }, { ratio: 1.7 }, { ratio: 1.69 }],
  ['>= 1x', { work: 'prefill 1800', precision: 'balanced', peer: 'transformers.js q8' }, { ratio: 1 }, { ratio: 0.99 }],
  ['>= 1.2x', { work: 'decode at 16', precision: 'fast', peer: 'node-llama-cpp Q4_0' }, { ratio: 1.2 }, { ratio: 1.19 }],
  ['>= 1.25x', { work: 'decode at 2000', precision: 'fast', peer: 'node-llama-cpp Q4_0, flash off' }, { ratio: 1.25 }, { ratio: 1.24 }],
  ['>= 6x', { work: 'decode at 2000', precision: 'fast', peer: 'transformers.js q4' }, { ratio: 6 }, { ratio: 5.9 }],
  ['>= 1.9x', { work: 'batched decode 8', precision: 'balanced', peer: 'node-llama-cpp Q4_0' }, { ratio: 1.9 }, { ratio: 1.8 }],
  ['< 5 %', { work: 'overhead per token', precision: 'fast' }, { value: 4.99 }, { value: 5 }],
  ['<= 50 ms', { work: 'event loop held by computing', precision: 'fast' }, { value: 50 }, { value: 50.1 }],
  ['<= 50 ms', { work: 'longest event-loop gap', precision: 'balanced' }, { value: 50 }, { value: 50.1 }],
  ['< 2200 MB', { work: 'peak memory of a page', precision: 'balanced' }, { value: 2199 }, { value: 2200 }],
  ['< 1400 MB', { work: 'peak memory of a page', precision: 'int8' }, { value: 1399 }, { value: 1400 }],
  ['< 1000 ms', { work: 'load, second start', precision: 'fast' }, { value: 999 }, { value: 1000 }],
  ['<= 300 ms', { work: 'cancel in prefill', precision: 'fast' }, { value: 300 }, { value: 301 }],
  ['within a step (21 ms)', { work: 'cancel in decode', precision: 'fast', limit: 21 }, { value: 21 }, { value: 22 }],
])('%s holds at its limit and not beyond', (text, asked, good, bad) => {
  const goal = findGoal(question(asked));
  expect(goal?.text).toBe(text);
  expect(goal?.isMet(achieved(good))).toBe(true);
  expect(goal?.isMet(achieved(bad))).toBe(false);
});

const page = (tokens: number): string =>
  `page, 7 tiles, 1800 prompt tokens, ${tokens} out, replayed nano's answers: planned vision and drafts`;

// Goals of one kind of processor: judged there, and named elsewhere.
test.each<['with VNNI' | 'without VNNI', string, Partial<GoalQuestion>, Partial<Achieved>, Partial<Achieved>]>([
  ['with VNNI', '<= 0.42 of its time', { work: page(500), peer: 'plain balanced' }, { ratio: 1 / 0.42 }, { ratio: 2.38 }],
  ['with VNNI', '<= 0.5 of its time', { work: page(100), peer: 'plain balanced' }, { ratio: 2 }, { ratio: 1.99 }],
  ['without VNNI', '<= 0.65 of its time', { work: page(500), peer: 'plain balanced' }, { ratio: 1 / 0.65 }, { ratio: 1.53 }],
  ['with VNNI', '>= 75 % of roof', { work: 'tile encode', precision: 'int8' }, { roofShare: 0.75 }, { roofShare: 0.74 }],
  [
    'with VNNI',
    '>= 2.5x',
    { work: "decode of 500 tokens behind 1800, replayed nano's answers: drafts", peer: 'without drafts' },
    { ratio: 2.5 },
    { ratio: 2.49 },
  ],
])('%s: %s', (processor, text, asked, good, bad) => {
  const goal = findGoal(question(asked), processor);
  expect(goal?.text).toBe(text);
  expect(goal?.isMet(achieved(good))).toBe(true);
  expect(goal?.isMet(achieved(bad))).toBe(false);
});

test('names a goal that is set for other processors, and does not judge by it', () => {
  const goal = findGoal(question({ work: page(100), peer: 'plain balanced' }), 'without VNNI');
  expect(goal?.text).toBe('<= 0.5 of its time with VNNI: not judged here');
  expect(goal?.isMet(achieved({ ratio: 9 }))).toBeNull();
  // What true texts give is the best case, and no goal's.
  expect(
    findGoal(question({ work: page(500).replace("nano's answers", 'true texts'), peer: 'plain balanced' }), 'with VNNI'),
  ).toBeUndefined();
});

test('gives no verdict on what was not measured', () => {
  expect(findGoal(question({ work: 'tile encode', precision: 'float32' }))?.isMet(achieved({ value: 5 }))).toBeNull();
});

test('judges a precision only where the goal is set for it', () => {
  expect(findGoal(question({ work: 'tile encode', precision: 'balanced' }))).toBeUndefined();
  expect(findGoal(question({ work: 'decode at 16', precision: 'balanced', peer: 'node-llama-cpp Q4_0' }))).toBeUndefined();
});

test('judges ratios on the shapes they were set for, and limits everywhere', () => {
  expect(findGoal(question({ model: '2b', work: 'decode at 16', precision: 'fast', peer: 'node-llama-cpp Q4_0' }))).toBeUndefined();
  expect(findGoal(question({ model: '2b', work: 'overhead per token' }))?.text).toBe('< 5 %');
});

test('sets no goal against a peer that has none', () => {
  expect(findGoal(question({ work: 'prefill 1800', precision: 'balanced', peer: 'transformers.js q4' }))).toBeUndefined();
  expect(findGoal(question({ work: 'prefill 1800', precision: 'balanced' }))).toBeUndefined();
});
