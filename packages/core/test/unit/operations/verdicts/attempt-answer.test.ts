import {
  ContextOverflowError,
  type GenerateOptions,
  type GenerateResult,
  type GenerationEvent,
  OutputInvalidError,
  type Page,
  type PageLines,
} from '@h2ovl/contract';
import { describe, expect, test } from 'vitest';
import { describeWarnings } from '../../../../src/operations/page-model.ts';
import type { OtherPrompts } from '../../../../src/operations/pages/show-to-model.ts';
import { type AttemptedAnswer, attemptReading } from '../../../../src/operations/verdicts/attempt-answer.ts';
import { attemptObject } from '../../../../src/operations/verdicts/attempt-object.ts';
import { PageTime } from '../../../../src/operations/verdicts/page-time.ts';
import { retryWays } from '../../../../src/operations/verdicts/retry-ways.ts';

type Answer = Partial<GenerateResult<unknown>> | OutputInvalidError | ContextOverflowError;

/** A model that gives one answer after the other. */
class Script {
  readonly id: string = 'script';
  readonly requests: GenerateOptions<unknown>[] = [];
  readonly #answers: Answer[];

  constructor(...answers: Answer[]) {
    this.#answers = answers;
  }

  async *stream(request: GenerateOptions<unknown>): AsyncGenerator<GenerationEvent<unknown>, void> {
    this.requests.push(request);
    const answer = this.#answers.shift() ?? {};
    if (answer instanceof Error) throw answer;
    yield { type: 'text-delta', delta: 'live' };
    yield { type: 'finish', result: { ...plain, ...answer } };
  }
}

const plain: GenerateResult<unknown> = {
  text: 'the text',
  object: undefined,
  finishReason: 'stop',
  usage: { inputTokens: 1, imageTokens: 1, outputTokens: 9, cachedTokens: 0 },
  timings: { queueMs: 1000, imageMs: 1, visionMs: 2, prefillMs: 3, decodeMs: 4 },
  warnings: [],
  images: [{ widthPx: 9, heightPx: 9, grids: [{ columns: 2, rows: 3 }], tiles: 7, scale: 1 }],
};
const looped: Answer = { text: 'ab ab ab ab ', finishReason: 'loop', loop: { from: 3, unit: 'ab ', copies: 4 } };
const request = { prompt: 'Read.' };
const box = [0, 1, 2, 3].map(() => [0, 0] as const) as unknown as PageLines['lines'][number]['box'];
const lines: PageLines = {
  width: 9,
  height: 9,
  rotation: 0,
  rotationMargin: 1,
  hasText: true,
  lines: [{ text: 'as it stands', confidence: 0.9, box, height: 5, words: [] }],
  text: 'as it stands',
  unreadable: 0,
  warnings: [],
};

/** A page of six tiles that has one part. */
const wholeOnly: OtherPrompts = { tileCount: async () => 6, inParts: async () => undefined };

async function read(
  model: Script,
  options: { lines?: PageLines; budgetMs?: number; isRetrying?: boolean; others?: OtherPrompts } = {},
): Promise<AttemptedAnswer & { shown: number }> {
  let shown = 0;
  const time = new PageTime(options.budgetMs ?? 1000);
  const report = ({ type }: { type: string }): void => {
    if (type === 'text-delta') shown += 1;
  };
  const { others = wholeOnly, isRetrying = true } = options;
  const answer = await attemptReading({ model, request, others, lines: options.lines, time, isRetrying, report });
  return { ...answer, shown };
}

test('tiles that are chosen as by default leave room for fewer and for parts; a choice of the caller does not', async () => {
  const waysWith = async (others: OtherPrompts | undefined): Promise<readonly string[]> => {
    const ways: string[] = [];
    for await (const { way } of retryWays(request, others)) ways.push(way);
    return ways;
  };
  expect(await waysWith(wholeOnly)).toEqual(['other-tiles', 'temperature']);
  expect(await waysWith({ ...wholeOnly, inParts: async () => ({ model: new Script(), images: [] }) })).toEqual([
    'other-tiles',
    'crops',
    'temperature',
  ]);
  expect(await waysWith({ ...wholeOnly, tileCount: async () => 1 })).toEqual(['temperature']);
  expect(await waysWith(undefined)).toEqual(['temperature']);
});

describe('a reading', () => {
  test('that came to its end is taken at once', async () => {
    const model = new Script({});
    expect(await read(model)).toMatchObject({ way: 'model', text: 'the text', verdict: { kind: 'ok', attempts: [] } });
    expect(model.requests).toHaveLength(1);
  });

  test('that went round in circles is tried in fewer tiles, then with a little chance; only the first one is shown live', async () => {
    const model = new Script(looped, looped, {});
    const { way, text, verdict, shown } = await read(model, { lines });
    expect([way, text, verdict.kind, shown]).toEqual(['temperature', 'the text', 'ok', 1]);
    expect(verdict.attempts).toMatchObject([
      { way: 'model', verdict: 'looped', outputTokens: 9, reason: expect.stringContaining('4 times in a row; one copy is kept') },
      { way: 'other-tiles', verdict: 'looped' },
    ]);
    expect(model.requests.map(({ tiles, temperature, seed }) => [tiles, temperature, seed])).toEqual([
      [undefined, undefined, undefined],
      [3, undefined, undefined],
      [undefined, 0.2, 1],
    ]);
  });

  test('that goes round in fewer tiles, too, is read in parts before a little chance is tried', async () => {
    const model = new Script(looped, looped);
    const parts = new Script({ text: 'part one and two' });
    const images = ['one', 'two'] as unknown as readonly Page[];
    const { way, text, verdict } = await read(model, { lines, others: { ...wholeOnly, inParts: async () => ({ model: parts, images }) } });
    expect([way, text, verdict.kind]).toEqual(['crops', 'part one and two', 'ok']);
    expect(verdict.attempts.map((attempt) => attempt.way)).toEqual(['model', 'other-tiles']);
    expect(parts.requests).toMatchObject([{ prompt: 'Read.', images }]);
  });

  test('that never comes to an end is that of the lines, or where there are none the text without its repetitions', async () => {
    const ofLines = await read(new Script(looped, looped, looped), { lines });
    expect(ofLines).toMatchObject({ way: 'lines', text: 'as it stands', verdict: { kind: 'ok' } });
    expect(ofLines.verdict.attempts.map(({ way }) => way)).toEqual(['model', 'other-tiles', 'temperature']);
    const own = await read(new Script(looped, looped, looped));
    expect(own).toMatchObject({ way: 'model', text: 'ab', verdict: { kind: 'looped' } });
    expect(own.verdict.attempts.map(({ way }) => way)).toEqual(['other-tiles', 'temperature']);
  });

  test('that saw nothing where lines are is tried again; an empty page is not', async () => {
    expect(await read(new Script({ text: ' ' }, {}), { lines })).toMatchObject({ way: 'other-tiles', text: 'the text' });
    const model = new Script({ text: ' ' });
    expect(await read(model)).toMatchObject({ text: '', verdict: { kind: 'ok', reasons: ['The answer is empty.'] } });
    expect(model.requests).toHaveLength(1);
  });

  test('is tried once where that is wanted, and no longer than the time lasts, in which waiting does not count', async () => {
    expect(await read(new Script(looped), { isRetrying: false })).toMatchObject({ text: 'ab', verdict: { kind: 'looped', attempts: [] } });
    const model = new Script(looped, looped, {});
    expect(await read(model, { budgetMs: 20, lines })).toMatchObject({ way: 'lines' });
    expect(model.requests.map(({ budgetMs }) => budgetMs)).toEqual([20, 10]);
    const late = new Script({ text: 'half a', finishReason: 'timeout' });
    expect(await read(late, { lines })).toMatchObject({ text: 'half a', verdict: { kind: 'timed-out' } });
  });
});

test('a page whose time was over names the option that pages have', () => {
  const warnings = [{ type: 'cut' as const, message: 'Its time was over. Raise budgetMs, or lower maxOutputTokens.' }];
  expect(describeWarnings({ ...plain, warnings })).toEqual(['Its time was over. Raise pageBudgetMs, or lower maxOutputTokens.']);
});

test('an object is asked for again where the first one went round in circles, and for nothing else', async () => {
  const fail = (finishReason: string): OutputInvalidError => new OutputInvalidError('Cut.', { text: '[', issues: [], finishReason });
  const ask = (model: Script, others?: OtherPrompts) =>
    attemptObject({ model, request, others, time: new PageTime(1000), isRetrying: true, isChecked: false, report: () => {} });
  expect(await ask(new Script(fail('loop'), { object: 1 }))).toMatchObject({
    result: { object: 1 },
    attempts: [{ way: 'model', verdict: 'looped', reason: 'Cut.' }],
  });
  const failed = await ask(new Script(fail('loop'), fail('loop')));
  expect(failed).toMatchObject({ error: { finishReason: 'loop' }, attempts: [{ way: 'temperature', verdict: 'looped' }] });
  await expect(ask(new Script(fail('length')))).rejects.toMatchObject({ finishReason: 'length' });
  const inParts = async () => ({ model: new Script(new ContextOverflowError(9000, 8192)), images: [] });
  const ladder = await ask(new Script(fail('loop'), fail('length'), { object: 2 }), { ...wholeOnly, inParts });
  expect(ladder.result?.object).toBe(2);
  expect(ladder.attempts.map(({ way, verdict }) => [way, verdict])).toEqual([
    ['model', 'looped'],
    ['other-tiles', 'truncated'],
    ['crops', 'failed'],
  ]);
});
