import { join } from 'node:path';
import { TiledPromptSource } from '@h2ovl/core/internal/answer/prompt-source';
import { findBestToken } from '@h2ovl/core/internal/generation/sampler';
import { DecoderGraph } from '@h2ovl/core/internal/model/decoder-graph';
import type { PromptSource } from '@h2ovl/core/internal/model/decoder-jobs';
import { type OpenedModel, openModel } from '@h2ovl/core/internal/model/open-model';
import { TileIdentities } from '@h2ovl/core/internal/model/tile-identities';
import type { Manifest } from '@h2ovl/core/internal/model-files/manifest';
import { readManifest } from '@h2ovl/core/internal/model-files/verify-files';
import { chooseDevice } from '@h2ovl/core/internal/runtime/choose-device';
import type { Runtime } from '@h2ovl/core/internal/runtime/port';
import { randomTokens, textPrompt } from '../../bench/engines/random-tokens.ts';
import { convertedOf, type TrialModel, type TrialSize, type TrialVariant } from '../sizes.ts';
import { type Report, round, type Stage, sampleMs, timeMs } from './stage.ts';

const never = new AbortController().signal;

/** The parts of a page by themselves: tiles, prompt, steps in every way, runs of several positions, and a page whose answer is known. */
export const steps: Stage = async ({ places, size, model, variant }, report) => {
  const directory = convertedOf(places, (model as TrialModel).name, variant as TrialVariant);
  const manifest = await readManifest(directory);
  const { runtime } = await chooseDevice({ device: 'webgpu' });
  const opened = await openModel(runtime, directory, manifest, {
    ...{ maxRows: size.pagesAtOnce, maxIdleBytes: 8e9, maxFeatureBytes: 0, onProgress: () => {}, signal: never },
  });
  const context: Context = { directory, manifest, opened, runtime, size, model: model as TrialModel, report };
  for (const part of [measureTiles, measurePrompt, measureSteps, measureAhead, measureRowsAhead, measureDrafts, measureReplay]) {
    try {
      await part(context);
    } catch (error) {
      report(`${part.name} failed`, error instanceof Error ? error.message : String(error));
    }
  }
  await opened.dispose();
  await runtime.dispose();
};

interface Context {
  readonly directory: string;
  readonly manifest: Manifest;
  readonly opened: OpenedModel;
  readonly runtime: Runtime;
  readonly size: TrialSize;
  readonly model: TrialModel;
  readonly report: Report;
}

function tileInputs(manifest: Manifest, count: number, seed: number) {
  const values = 3 * manifest.model.image.tileSizePx ** 2;
  return Array.from({ length: count }, (_, tile) => {
    const patches = Float32Array.from({ length: values }, (_value, i) => Math.sin(i * 0.011 * (tile + 1) + seed));
    return { digest: `${seed}${tile}`.padStart(16, '0'), patches: () => patches };
  });
}

async function measureTiles({ manifest, opened, model, report }: Context): Promise<void> {
  let seed = 0;
  for (const count of [1, model.page.tiles]) {
    report(`tiles ${count}`, await sampleMs(4, () => opened.vision.encodeAll(tileInputs(manifest, count, ++seed), never)));
  }
}

const text = ({ manifest, opened }: Context, count: number): PromptSource =>
  textPrompt(randomTokens(count, manifest.model.vocabularySize), opened.embedder);

async function measurePrompt(context: Context): Promise<void> {
  const { opened, size, report } = context;
  const timings = await sampleMs(4, async () => {
    const sequence = opened.decoder.openSequence(text(context, size.promptTokens), size.promptTokens + 1);
    await sequence.prefill(never, () => {});
    await sequence.dispose();
  });
  report(`prompt of ${size.promptTokens}`, { ...timings, tokensPerS: Math.round((size.promptTokens / timings.medianMs) * 1000) });
}

/** Steps with whole logits on the host, with the best token alone, and ahead. */
async function measureSteps(context: Context): Promise<void> {
  const { opened, size, report } = context;
  for (const past of size.pasts) {
    const sequence = opened.decoder.openSequence(text(context, past), past + 600);
    let token = findBestToken(await sequence.prefill(never, () => {}));
    const logits = await sampleMs(20, async () => {
      token = findBestToken(await sequence.step(token, never));
    });
    report(`step with logits after ${past}`, logits);
    const { stepBest, extendBest } = sequence;
    if (stepBest === undefined || extendBest === undefined) continue;
    for (let i = 0; i < 16; i += 1) token = (await stepBest(token, never)).token; // finds its pace
    const count = Math.min(160, size.promptTokens);
    const run = await timeMs(async () => {
      for (let i = 0; i < count; i += 1) token = (await stepBest(token, never)).token;
    });
    report(`step ahead after ${past}`, { msPerToken: round(run.ms / count), tokensPerS: round((count / run.ms) * 1000) });
    await sequence.dispose();
  }
}

/** Steps submitted together before the host reads: what waiting for each costs. */
async function measureAhead({ directory, manifest, runtime, size, report }: Context): Promise<void> {
  const session = await runtime.openSession(join(directory, manifest.graphs.decoder.file));
  const graph = new DecoderGraph(runtime, session, manifest);
  const past = size.pasts.at(-1) as number;
  const random = (tokens: number): Float32Array => Float32Array.from({ length: tokens * graph.hiddenSize }, (_, i) => Math.sin(i * 1.7));
  await graph.cache.reserve(1, past + 32);
  await graph.extend({ row: 0, past: 0, embeddings: random(past) }, Int32Array.of(past - 1), never);
  for (const count of [1, 2, 4, 8, 16]) {
    const { medianMs, minMs } = await sampleMs(8, () => graph.stepAhead([{ row: 0, past, embeddings: random(1) }], count, never));
    report(`${count} steps at once after ${past}`, { msPerToken: round(medianMs / count), minMsPerToken: round(minMs / count) });
  }
  await graph.dispose();
}

/** Rows side by side, one row a run. */
async function measureRowsAhead(context: Context): Promise<void> {
  const { opened, size, report } = context;
  const past = size.pasts.at(-1) as number;
  const count = Math.min(96, size.promptTokens);
  for (const rows of [2, size.pagesAtOnce]) {
    const sequences = Array.from({ length: rows }, () => opened.decoder.openSequence(text(context, past), past + count + 40));
    const tokens = await Promise.all(sequences.map(async (sequence) => findBestToken(await sequence.prefill(never, () => {}))));
    const go = (steps: number): Promise<unknown> =>
      Promise.all(
        sequences.map(async ({ stepBest }, row) => {
          for (let i = 0; i < steps; i += 1) tokens[row] = (await stepBest?.(tokens[row] as number, never))?.token ?? 0;
        }),
      );
    await go(16);
    const { ms } = await timeMs(() => go(count));
    report(`${rows} rows after ${past}`, { tokensPerS: round(((rows * count) / ms) * 1000) });
    await Promise.all(sequences.map((sequence) => sequence.dispose()));
  }
}

/** Several positions with a past in one run: what checking a draft costs. */
async function measureDrafts(context: Context): Promise<void> {
  const { opened, size, report } = context;
  const past = size.pasts.at(-1) as number;
  const sequence = opened.decoder.openSequence(text(context, past), past + Math.max(...size.drafts));
  await sequence.prefill(never, () => {});
  for (const length of size.drafts) {
    const draft = [...randomTokens(length, context.manifest.model.vocabularySize)];
    const timings = await sampleMs(8, async () => {
      await sequence.extendBest?.(draft, never);
      sequence.truncate(past);
    });
    report(`run of ${length} after ${past}`, timings);
  }
  await sequence.dispose();
}

/** A page from tiles to answer, whose tokens are proposed from an earlier reading and checked: drafts at hand. */
async function measureReplay(context: Context): Promise<void> {
  const { manifest, opened, model, size, report } = context;
  const { tiles, promptTokens, answerTokens } = model.page;
  const { tokensPerTile } = manifest.model.image;
  const identities = new TileIdentities();
  const makeSource = (seed: number): TiledPromptSource => {
    const ids = randomTokens(promptTokens, manifest.model.vocabularySize);
    return new TiledPromptSource({
      ...{ ids, spans: [{ start: 8, length: tiles * tokensPerTile }], tiles: tileInputs(manifest, tiles, seed), tokensPerTile },
      ...{ vision: opened.vision, embedder: opened.embedder, identities },
    });
  };
  const start = async (source: TiledPromptSource) => {
    await source.encode(source.tilesFrom(0), never);
    const sequence = opened.decoder.openSequence(source, promptTokens + answerTokens + Math.max(...size.drafts));
    return { sequence, first: findBestToken(await sequence.prefill(never, () => {})) };
  };
  for (const draftLength of size.drafts.filter((length) => length >= 8)) {
    const seed = 1000 * draftLength;
    const source = makeSource(seed);
    const answer: number[] = [];
    const plain = await timeMs(async () => {
      const { sequence, first } = await start(source);
      answer.push(first);
      while (answer.length < answerTokens) answer.push((await sequence.stepBest?.(answer.at(-1) as number, never))?.token ?? 0);
      await sequence.dispose();
    });
    // Forget the prompt: its tokens are in the cache and would be found there. Other keys, same embeddings.
    const keys = source.keys.map((key) => key + 0.5);
    let runs = 0;
    let accepted = 0;
    const drafted = await timeMs(async () => {
      await source.encode(source.tilesFrom(0), never);
      const again: PromptSource = { length: source.length, keys, write: (from, to, out, signal) => source.write(from, to, out, signal) };
      const sequence = opened.decoder.openSequence(again, promptTokens + answerTokens + draftLength);
      const made = [findBestToken(await sequence.prefill(never, () => {}))];
      while (made.length < answerTokens) {
        const proposed = answer.slice(made.length, Math.min(made.length + draftLength - 1, answerTokens));
        const before = sequence.length;
        const best = (await sequence.extendBest?.([made.at(-1) as number, ...proposed], never)) ?? [];
        runs += 1;
        let kept = 0;
        while (kept < proposed.length && best[kept]?.token === proposed[kept]) kept += 1;
        accepted += kept;
        for (const { token } of best.slice(0, kept + 1)) made.push(token);
        sequence.truncate(before + 1 + kept);
      }
      await sequence.dispose();
    });
    report(`replayed drafts of ${draftLength}`, { plainMs: plain.ms, draftedMs: drafted.ms, runs, acceptedPerRun: round(accepted / runs) });
  }
}
