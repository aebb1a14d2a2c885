import type { GenerateOptions, GenerateResult, VisionModel } from '@h2ovl/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type NanoPage, readablePages } from '../../../dev/src/testing/nano-samples.ts';
import { createSeededRandom } from '../../src/generation/seeded-random.ts';
import { loadModel } from '../../src/index.ts';
import { leastBytes, tokensWithin } from '../../src/model/kv-cache.ts';
import { readManifest } from '../../src/model-files/verify-files.ts';
import { useOwnHome } from '../helpers/own-home.ts';

useOwnHome();
const answerTokens = 60;

/** Ways of asking. None has a schema: looking at one has a limit by the clock, which a machine with much to do may miss. */
const ways: readonly (readonly [NanoPage, Partial<GenerateOptions<unknown>>])[] = [
  ...readablePages.slice(0, 4).map((page) => [page, {}] as const),
  [readablePages[1] as NanoPage, { temperature: 0.9, topP: 0.9, seed: 21 }],
  [readablePages[2] as NanoPage, { repetitionPenalty: 1.3 }],
];

function ask(model: VisionModel, way: number, more: Partial<GenerateOptions<unknown>>): Promise<GenerateResult<unknown>> {
  const [page, asked] = ways[way] as (typeof ways)[number];
  const base = { prompt: page.question, images: [page.path], maxOutputTokens: answerTokens };
  return model.generate<unknown>({ ...base, ...asked, ...more } as GenerateOptions<unknown>);
}

const told = ({ text, finishReason, usage, certainty }: GenerateResult<unknown>): readonly unknown[] => [
  text,
  finishReason,
  usage.outputTokens,
  certainty?.meanLogProbability,
];

describe.each(['exact', 'balanced', 'fast'] as const)('drafted answers at the precision %s', (precision) => {
  const alone: GenerateResult<unknown>[] = [];
  let tightBytes = 0;

  beforeAll(async () => {
    const model = await loadModel('nano', { precision, maxConcurrent: 1 });
    for (const way of ways.keys()) alone.push(await ask(model, way, { draftText: 'nothing of it' }));
    const { model: shape } = await readManifest((await model.info()).directory ?? '');
    await model.dispose();
    const longest = Math.max(...alone.map(({ usage }) => usage.inputTokens + usage.outputTokens + 1));
    tightBytes = leastBytes(shape);
    while (tokensWithin(shape, tightBytes) < longest) tightBytes += leastBytes(shape);
  });
  afterAll(() => {
    alone.length = 0;
  });

  it.each([1, 2])('are to the last bit what they are alone, beside others that come, go and take their memory (seed %i)', async (seed) => {
    const random = createSeededRandom(seed);
    const below = (limit: number): number => Math.floor(random() * limit);
    // Room for hardly two of the longest, so that rows lose their tokens in the middle of an answer and read them again; or for all.
    const maxCacheBytes = seed % 2 === 0 ? Math.ceil(tightBytes * 1.5) : undefined;
    const model = await loadModel('nano', { precision, maxConcurrent: 3 + below(3), ...(maxCacheBytes && { maxCacheBytes }) });
    await ask(model, ways.length - 1, { drafts: 'off' }); // looking at a schema for the first time has a limit by the clock
    let finished = 0;
    const task = async (): Promise<void> => {
      for (let turn = 0; turn < 3; turn += 1) {
        await new Promise((resolve) => setTimeout(resolve, below(60)));
        const way = below(ways.length);
        const { text } = alone[way] as GenerateResult<unknown>;
        const texts = [text, `${text.slice(0, text.length >> 1)} and so on`, text.replaceAll(/[aeiou]/g, 'o'), 'zq '.repeat(100)];
        const control = new AbortController();
        if (random() < 0.25) setTimeout(() => control.abort('cancelled'), below(300));
        // Others take steps of one position, which go through rows of drafted answers that lie between them.
        const drafts = random() < 0.3 ? { drafts: 'off' as const } : { draftText: texts[below(texts.length)] as string };
        try {
          const answer = await ask(model, way, { ...drafts, signal: control.signal });
          if ('drafts' in drafts) continue;
          expect([way, ...told(answer)]).toEqual([way, ...told(alone[way] as GenerateResult<unknown>)]);
          finished += 1;
        } catch (error) {
          if (error !== 'cancelled') throw error;
        }
      }
    };
    await Promise.all(Array.from({ length: 5 }, task));
    await model.dispose();
    expect(finished).toBeGreaterThan(3);
  });

  it('end where their time is over, with a beginning of what they are otherwise', async () => {
    const model = await loadModel('nano', { precision });
    try {
      const whole = alone[0] as GenerateResult<unknown>;
      const reasons = new Set<string>();
      // The first ones pay for reading the page; later ones find it in the cache.
      for (const budgetMs of [10_000, 1, 5, 10, 20, 40, 80, 160]) {
        const cut = await ask(model, 0, { draftText: 'nothing of it', budgetMs });
        reasons.add(cut.finishReason);
        expect([budgetMs, whole.text.startsWith(cut.text)]).toEqual([budgetMs, true]);
        expect(cut.usage.acceptedTokens ?? 0).toBeLessThanOrEqual(cut.usage.draftedTokens ?? 0);
      }
      expect(reasons).toContain('timeout');
      expect(told(await ask(model, 0, { draftText: whole.text }))).toEqual(told(whole));
    } finally {
      await model.dispose();
    }
  });
});
