import { describe, expect, it, test } from 'vitest';
import { CheckedDrafts } from '../../../src/generation/checked-drafts.ts';
import { type DecodeRules, decodeLoop } from '../../../src/generation/decode-loop.ts';
import { createDecodeRules } from '../../../src/generation/decode-rules.ts';
import { DraftPace, mostCandidates } from '../../../src/generation/draft-pace.ts';
import type { DraftSource } from '../../../src/generation/draft-source.ts';
import { findBestToken } from '../../../src/generation/sampler.ts';
import { resolveSampling } from '../../../src/generation/sampling-options.ts';
import { createSeededRandom } from '../../../src/generation/seeded-random.ts';
import { type HistoryDecoder, historyDecoder } from '../../helpers/history-decoder.ts';

const vocabularySize = 12;
const end = 11;
const neverAborted = new AbortController().signal;

interface Answer {
  readonly tokens: readonly number[];
  readonly finish: string;
  readonly runs: HistoryDecoder['runs'];
  readonly logProbabilities: readonly number[];
  /** Logits that were heard before forced tokens. */
  readonly heard: readonly string[];
  readonly drafted: number;
  readonly accepted: number;
  /** Pieces of memory that logits were written into. */
  readonly memories: number;
  /** Tokens of one run after which logits were asked for, at most. */
  readonly mostLogits: number;
}

interface Case {
  readonly seed: number;
  readonly maxOutputTokens: number;
  readonly temperature: number;
  readonly repetitionPenalty: number;
  /** After this token come these. */
  readonly forced: ReadonlyMap<number, readonly number[]>;
  /** Whether the answer may end before its limit. @default true */
  readonly endsItself?: boolean;
}

async function answer(of: Case, source?: DraftSource): Promise<Answer> {
  const { seed, maxOutputTokens, temperature, repetitionPenalty, forced, endsItself = true } = of;
  // The last token of an answer is not read; the place for it is what a step is filled up with.
  const decoder = historyDecoder({ vocabularySize, contextLength: 1 + maxOutputTokens, seed });
  let mostLogits = 0;
  const sequence = {
    ...decoder,
    get length() {
      return decoder.length;
    },
    extend: (...call: Parameters<HistoryDecoder['extend']>) => {
      const [read, wanted] = call;
      if (wanted === 'each') mostLogits = Math.max(mostLogits, read.length);
      return decoder.extend(...call);
    },
  };
  const base = createDecodeRules({
    sampling: resolveSampling({ maxOutputTokens, temperature, repetitionPenalty, seed }),
    endTokens: [endsItself ? end : vocabularySize],
    promptTokens: [3],
    isBlank: () => false,
  });
  const heard: string[] = [];
  let last = -1;
  const rules: DecodeRules = {
    ...base,
    pickBest: undefined,
    pick: (logits) => {
      last = base.pick(logits);
      return last;
    },
    follow: () => ({ tokens: forced.get(last) ?? [], isEnd: false, hear: (logits) => heard.push(logits.join(' ')) }),
  };
  const drafts = source && new CheckedDrafts(source);
  const tokens: number[] = [];
  const loop = decodeLoop(sequence, rules, neverAborted, { drafts });
  for (;;) {
    const turn = await loop.next();
    if (turn.done) {
      const { drafted = 0, accepted = 0 } = drafts ?? {};
      const logProbabilities = base.logProbabilities ?? [];
      const { runs, memories } = decoder;
      return { tokens, finish: turn.value, runs, logProbabilities, heard, drafted, accepted, memories: memories.size, mostLogits };
    }
    tokens.push(turn.value);
  }
}

/** A source that knows the whole answer, and is wrong at every so many tokens; it may give more than it was asked for. */
function knowing(tokens: readonly number[], { wrongAt = Number.POSITIVE_INFINITY, extra = 0 } = {}): DraftSource {
  let read = 0;
  return {
    accept: () => {
      read += 1;
    },
    propose: (count) =>
      tokens
        .slice(read, read + count + extra)
        .map((token, i) => ((read + i) % wrongAt === wrongAt - 1 ? (token + 1) % vocabularySize : token)),
  };
}

const silent: DraftSource = { accept: () => {}, propose: () => [] };

function random(seed: number, makeToken: (random: () => number) => number): DraftSource {
  const next = createSeededRandom(seed);
  return { accept: () => {}, propose: (count) => Array.from({ length: Math.floor(next() * 3 * count) }, () => makeToken(next)) };
}

const hostileTokens = [-1, vocabularySize, 1e9, 1.5, Number.NaN, Number.POSITIVE_INFINITY];

function sources(tokens: readonly number[], seed: number): Readonly<Record<string, DraftSource>> {
  return {
    perfect: knowing(tokens),
    'perfect and far too long': knowing([...tokens, ...Array.from({ length: 500 }, () => 1)], { extra: 1000 }),
    'wrong now and then': knowing(tokens, { wrongAt: 3 }),
    'wrong always': knowing(tokens, { wrongAt: 1 }),
    empty: silent,
    random: random(seed, (next) => Math.floor(next() * vocabularySize)),
    'out of the vocabulary': random(seed, (next) => hostileTokens[Math.floor(next() * hostileTokens.length)] as number),
    'in and out of the vocabulary': random(seed, (next) => (next() < 0.5 ? -1 : Math.floor(next() * vocabularySize))),
  };
}

function drawCase(seed: number): Case {
  const next = createSeededRandom(seed);
  const forcedOf = (): readonly number[] => Array.from({ length: 1 + Math.floor(next() * 4) }, () => Math.floor(next() * end));
  return {
    seed,
    maxOutputTokens: 1 + Math.floor(next() * 40),
    endsItself: next() < 0.5,
    temperature: next() < 0.5 ? 0 : 1,
    repetitionPenalty: next() < 0.5 ? 1 : 1.3,
    forced: new Map(next() < 0.5 ? [] : [[Math.floor(next() * end), forcedOf()]]),
  };
}

describe('a drafted answer', () => {
  it('is what it is without drafts, whatever they say (200 drawn cases)', async () => {
    for (let seed = 0; seed < 200; seed += 1) {
      const of = drawCase(seed);
      const plain = await answer(of);
      for (const [name, source] of Object.entries(sources(plain.tokens, seed))) {
        const { drafted, accepted, runs, memories: _, mostLogits: __, ...same } = await answer(of, source);
        const { tokens, finish, logProbabilities, heard } = plain;
        expect({ seed, name, ...same }).toEqual({ seed, name, tokens, finish, logProbabilities, heard });
        for (const run of runs) expect(run.length).toBeGreaterThanOrEqual(2);
        expect(accepted).toBeLessThanOrEqual(Math.min(drafted, tokens.length));
      }
    }
  });

  it.each([32, 33, 34, 200])('takes memory for the logits of few tokens, however many have no choice (%i)', async (count) => {
    const forced = new Map([2, 5, 7].map((token) => [token, Array.from({ length: count }, (_, place) => (place * 7) % end)]));
    for (let seed = 0; seed < 4; seed += 1) {
      const of: Case = { seed, maxOutputTokens: 700, temperature: 0, repetitionPenalty: 1, forced, endsItself: false };
      const plain = await answer(of);
      for (const [name, source] of Object.entries(sources(plain.tokens, seed))) {
        const { runs, mostLogits, ...other } = await answer(of, source);
        const { tokens, finish, logProbabilities, heard } = plain;
        expect({ seed, name, ...other }).toMatchObject({ seed, name, tokens, finish, logProbabilities, heard });
        expect(mostLogits).toBeLessThanOrEqual(32 + mostCandidates);
        for (const run of runs) expect(run.length).toBeGreaterThanOrEqual(2);
      }
    }
  });

  const long: Case = { seed: 8, maxOutputTokens: 64, temperature: 0, repetitionPenalty: 1, forced: new Map(), endsItself: false };

  it('has its logits written into the same memory, run after run', async () => {
    const plain = await answer(long);
    expect(await answer(long, knowing(plain.tokens, { wrongAt: 3 }))).toMatchObject({ memories: 1 });
  });

  it('takes a sixth of the runs where the drafts are right', async () => {
    const plain = await answer(long);
    const drafted = await answer(long, knowing(plain.tokens));
    expect(drafted.runs.length * 6).toBeLessThan(plain.runs.length);
    expect(drafted.accepted).toBe(drafted.drafted);
  });

  it('counts what was taken when it is chosen: an answer may end with it, and it is never read', async () => {
    const plain = await answer(long);
    for (let length = 1; length <= 20; length += 1) {
      const drafts = new CheckedDrafts(knowing(plain.tokens));
      const sequence = historyDecoder({ vocabularySize, contextLength: 1 + long.maxOutputTokens, seed: long.seed });
      const rules = { pick: findBestToken, isEnd: () => false, maxOutputTokens: long.maxOutputTokens };
      const loop = decodeLoop(sequence, rules, neverAborted, { drafts });
      for (let at = 0; at < length; at += 1) expect((await loop.next()).value).toBe(plain.tokens[at]);
      // Of the first run one token and seven candidates were read, so that the answer's first and ninth token are the model's alone.
      const alone = [0, 8].filter((place) => place < length).length;
      expect([length, drafts.accepted]).toEqual([length, length - alone]);
    }
  });

  it('counts what was proposed and what was taken, and no fillers', async () => {
    const plain = await answer(long);
    expect(await answer(long, silent)).toMatchObject({ drafted: 0, accepted: 0 });
    const wrong = await answer(long, knowing(plain.tokens, { wrongAt: 1 }));
    expect(wrong.drafted).toBeGreaterThan(plain.tokens.length);
    expect(wrong.accepted).toBe(0);
  });
});

test('a run that is stopped in the middle of a draft ends with the reason', async () => {
  const controller = new AbortController();
  const onRun = (signal: AbortSignal): Promise<void> | undefined => {
    if (sequence.runs.length < 2) return undefined;
    controller.abort('changed my mind');
    return Promise.reject(signal.reason);
  };
  const sequence = historyDecoder({ vocabularySize, contextLength: 100, seed: 8, onRun });
  const rules = { pick: findBestToken, isEnd: () => false, maxOutputTokens: 50 };
  const loop = decodeLoop(sequence, rules, controller.signal, { drafts: new CheckedDrafts(silent) });
  const collect = async (): Promise<void> => {
    for await (const _ of loop);
  };
  await expect(collect()).rejects.toBe('changed my mind');
});

test('drafts grow while they are right and shrink when they are not', () => {
  const pace = new DraftPace();
  for (let i = 0; i < 5; i += 1) pace.hear(pace.count, pace.count);
  const most = pace.count;
  pace.hear(most, most - 1);
  expect(pace.count).toBe(most);
  pace.hear(most, 2);
  expect(pace.count).toBeLessThan(most / 2);
  expect(pace.count).toBeGreaterThan(most / 2 - 1); // one sign that differs says little about those behind it
  for (let i = 0; i < 5; i += 1) pace.hear(pace.count, 0);
  expect(pace.count).toBeGreaterThanOrEqual(2);
});
