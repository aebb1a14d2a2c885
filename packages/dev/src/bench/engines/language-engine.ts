import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AnswerDrafts } from '@h2ovl/core/internal/answer/drafts/answer-drafts';
import { defaultMaxConcurrent } from '@h2ovl/core/internal/answer/load-model';
import { CheckedDrafts } from '@h2ovl/core/internal/generation/checked-drafts';
import { decodeLoop } from '@h2ovl/core/internal/generation/decode-loop';
import { findBestToken } from '@h2ovl/core/internal/generation/sampler';
import { Decoder, type DecoderOptions } from '@h2ovl/core/internal/model/decoder';
import { DecoderGraph } from '@h2ovl/core/internal/model/decoder-graph';
import type { Sequence } from '@h2ovl/core/internal/model/decoder-jobs';
import { maxIdleCacheBytes } from '@h2ovl/core/internal/model/kv-cache';
import { openGraph } from '@h2ovl/core/internal/model/packed/prepacked-graph';
import { TokenEmbedder } from '@h2ovl/core/internal/model/token-embedder';
import { readManifest } from '@h2ovl/core/internal/model-files/verify-files';
import { openRuntime } from '@h2ovl/core/internal/runtime/open-runtime';
import { createTokenizer } from '@h2ovl/core/internal/text/tokenizer';
import type {
  AnswerQuestion,
  EngineHandlers,
  LanguageQuestions,
  PositionsQuestion,
  ReplayQuestion,
  ReplayResult,
} from './engine-protocol.ts';
import { processorMs } from './processor-ms.ts';
import { randomTokens, textPrompt } from './random-tokens.ts';

export interface LanguageParams {
  /** Folder of a converted model. */
  readonly directory: string;
  readonly threads: number;
}

/** Rows of the largest batch that is measured. */
const maxBatch = 8;
const never = new AbortController().signal;

/** Our decoder with greedy choice, as `generate` runs it, without vision and text. */
export async function start({ directory, threads }: LanguageParams): Promise<EngineHandlers> {
  const manifest = await readManifest(directory);
  const runtime = await openRuntime({ threads });
  const { session } = await openGraph('decoder', { runtime, directory, manifest, signal: never, keepPrepacked: true });
  const embedder = new TokenEmbedder(directory, manifest);
  const decoderOf = (options: DecoderOptions): Decoder => new Decoder(new DecoderGraph(runtime, session, manifest), embedder, options);
  // As `loadModel` has it: the memory of the prompts before is there, and is used again.
  const decoder = decoderOf({ maxRows: defaultMaxConcurrent, maxIdleBytes: maxIdleCacheBytes });
  // Nothing is parked here, so that the rows of a batch lie side by side: a step computes those between, too.
  const batches = decoderOf({ maxRows: maxBatch, maxIdleBytes: 0 });
  const { vocabularySize } = manifest.model;
  const prompt = (tokens: number) => textPrompt(randomTokens(tokens, vocabularySize), embedder);

  const prefill = async ({ tokens }: LanguageQuestions['prefill']): Promise<number> => {
    const sequence = decoder.openSequence(prompt(tokens), tokens);
    try {
      const started = performance.now();
      await sequence.prefill(never, () => {});
      return readTime(sequence, performance.now() - started);
    } finally {
      await sequence.dispose();
    }
  };

  let rows: { readonly sequence: Sequence; token: number }[] = [];
  const close = async (): Promise<void> => {
    for (const { sequence } of rows) await sequence.dispose();
    rows = [];
  };
  const open = async ({ past, rows: count, room }: LanguageQuestions['open']): Promise<void> => {
    for (let row = 0; row < count; row += 1) {
      const sequence = batches.openSequence(prompt(past), past + room);
      rows.push({ sequence, token: findBestToken(await sequence.prefill(never, () => {})) });
    }
  };
  const steps = async ({ count }: LanguageQuestions['steps']): Promise<number[]> => {
    const times: number[] = [];
    for (let step = 0; step < count; step += 1) {
      const started = performance.now();
      await Promise.all(
        rows.map(async (row) => {
          row.token = findBestToken(await row.sequence.step(row.token, never));
        }),
      );
      times.push(performance.now() - started);
    }
    return times;
  };
  const answer = async ({ runs, past }: AnswerQuestion): Promise<number> => {
    const sequence = decoder.openSequence(prompt(past), past + runs.reduce((sum, { length }) => sum + length, 0));
    try {
      await sequence.prefill(never, () => {});
      const started = performance.now();
      for (const [first = 0, ...forced] of runs) {
        const known = [first, ...forced].map((token) => token % vocabularySize); // nano has fewer pieces; which ones they are costs the same
        if (forced.length === 0) await sequence.step(known[0] as number, never);
        else await sequence.extend(known, 'last', never);
      }
      return performance.now() - started;
    } finally {
      await sequence.dispose();
    }
  };
  const replay = async ({ text, tokens, draft, past, marks = [] }: ReplayQuestion): Promise<ReplayResult> => {
    const modelBytes = await readFile(join(directory, manifest.tokenizer.file));
    const tokenizer = createTokenizer({ modelBytes, addedTokens: manifest.tokenizer.addedTokens });
    const written = tokenizer.encodeText(text).slice(0, tokens);
    if (written.length < tokens) throw new Error(`The text to be replayed has ${written.length} tokens; ${tokens} were asked for.`);
    const sequence = decoder.openSequence(prompt(past), past + written.length + 1);
    try {
      const drafts = draft === undefined ? undefined : new CheckedDrafts(new AnswerDrafts({ texts: [draft], prompt: [], tokenizer }));
      let at = 0;
      const rules = { pick: () => written[at++] as number, isEnd: () => false, maxOutputTokens: written.length };
      const now = (): readonly [clock: number, processor: number] => [performance.now(), processorMs()];
      const begun = now();
      let started = begun;
      const reached: (readonly [number, number])[] = [];
      for await (const _ of decodeLoop(sequence, rules, never, { drafts })) {
        if (at === 1) started = now();
        while (reached.length < marks.length && at >= (marks[reached.length] as number)) reached.push(now());
      }
      const ended = performance.now();
      const { drafted = 0, accepted = 0 } = drafts ?? {};
      const behind = written.length - 1;
      const part = (of: 0 | 1): ReplayResult['processor'] => ({
        prefillMs: readTime(sequence, started[of] - begun[of]),
        marksMs: reached.map((mark) => mark[of] - started[of]),
      });
      return { ms: ended - started[0], ...part(0), processor: part(1), tokens: behind, runs: behind - accepted, drafted, accepted };
    } finally {
      await sequence.dispose();
    }
  };
  const positions = async ({ positions: size, past, count }: PositionsQuestion): Promise<number[]> => {
    const sequence = decoder.openSequence(prompt(past), past + size);
    try {
      const tokens = [...randomTokens(size, vocabularySize)];
      await sequence.prefill(never, () => {});
      const times: number[] = [];
      for (let run = 0; run < count; run += 1) {
        const started = performance.now();
        if (size === 1) await sequence.step(tokens[0] as number, never);
        else await sequence.extend(tokens, 'each', never);
        times.push(performance.now() - started);
        sequence.truncate(past);
      }
      return times;
    } finally {
      await sequence.dispose();
    }
  };
  return { prefill, open, steps, close, answer, replay, positions };
}

/** The time of reading a prompt, which was read and not found in the cache. */
function readTime({ cachedTokens }: Sequence, ms: number): number {
  if (cachedTokens > 0) throw new Error(`${cachedTokens} tokens of a random prompt were in the cache.`);
  return ms;
}
