import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GenerationEvent } from '@h2ovl/contract';
import { defaultMaxConcurrent } from '@h2ovl/core/internal/answer/load-model';
import { RunQueue } from '@h2ovl/core/internal/answer/run-queue';
import { LocalVisionModel } from '@h2ovl/core/internal/answer/vision-model';
import { maxIdleCacheBytes } from '@h2ovl/core/internal/model/kv-cache';
import { openModel } from '@h2ovl/core/internal/model/open-model';
import type { Manifest } from '@h2ovl/core/internal/model-files/manifest';
import { readManifest } from '@h2ovl/core/internal/model-files/verify-files';
import { openRuntime } from '@h2ovl/core/internal/runtime/open-runtime';
import { createTokenizer } from '@h2ovl/core/internal/text/tokenizer';
import { median } from '../statistics.ts';
import type { EngineHandlers } from './engine-protocol.ts';
import type { LanguageParams } from './language-engine.ts';
import { measureRunCost } from './run-cost.ts';
import { type TimedRun, TimedRuntime } from './timed-runtime.ts';

/** What a token costs beside the graph. */
export interface OverheadResult {
  /** From the start of a step to the start of the next: median. */
  readonly stepMs: number;
  /** Of it, not inside the graph: median. */
  readonly overheadMs: number;
}

/** The whole generation, as `loadModel` puts it together, over a runtime whose runs are timed. */
export async function start({ directory, threads }: LanguageParams): Promise<EngineHandlers> {
  const manifest = await readManifest(directory);
  const runtime = new TimedRuntime(await openRuntime({ threads }));
  const model = await assembleModel(directory, manifest, runtime);
  const runCostMs = await measureRunCost(runtime, 2 * manifest.model.layers);
  const { inputTokens } = await model.countTokens({ prompt: ' word'.repeat(100) });
  const promptWords = Math.floor((promptTokens / inputTokens) * 100);
  let prompts = 0;
  const makePrompt = (words: number): string => {
    prompts += 1;
    return `${prompts}${prompts % 2 === 0 ? ' Page' : ' Sheet'}${' word'.repeat(words)}`;
  };

  const overhead = async ({ tokens }: { readonly tokens: number }): Promise<OverheadResult> => {
    runtime.takeRuns();
    await model.generate({ prompt: makePrompt(20), maxOutputTokens: tokens });
    return tellOverhead(runtime.takeRuns(), runCostMs);
  };

  /** Milliseconds from `abort` to the end of everything: the caller's promise and the run that was going on. */
  const cancel = async ({ phase }: { readonly phase: 'prefill' | 'decode' }): Promise<number> => {
    const controller = new AbortController();
    let abortedAt = 0;
    let isArmed = false;
    const abortAfter = (delayMs: number): void => {
      isArmed = true;
      setTimeout(() => {
        abortedAt = performance.now();
        controller.abort(new Error('cancelled by the bench'));
      }, delayMs);
    };
    const started = performance.now();
    try {
      const stream = model.stream({ prompt: makePrompt(promptWords), signal: controller.signal, maxOutputTokens: 2000 });
      for await (const event of stream) {
        if (isArmed || !isReached(event, phase)) continue;
        abortAfter(phase === 'prefill' ? (performance.now() - started) / 2 : 0); // in the middle of the next chunk
      }
    } catch (error) {
      if (!controller.signal.aborted) throw error;
    }
    if (!controller.signal.aborted) throw new Error(`The answer ended before it could be cancelled in ${phase}.`);
    await runtime.whenIdle();
    return performance.now() - abortedAt;
  };
  return { overhead, cancel };
}

/** Of a prompt that is cancelled: several chunks of prefill. */
const promptTokens = 1800;
/** By then decoding has found its pace. */
const cancelAtToken = 5;

function isReached(event: GenerationEvent, phase: 'prefill' | 'decode'): boolean {
  if (event.type !== 'progress') return false;
  return phase === 'prefill' ? event.phase === 'prefill' && event.done > 0 : event.phase === 'generate' && event.done >= cancelAtToken;
}

function tellOverhead(runs: readonly TimedRun[], runCostMs: number): OverheadResult {
  const steps = runs.filter(({ kind }) => kind === 'step');
  if (steps.length < 3) throw new Error(`The answer ended after ${steps.length} steps; too few to tell what a token costs.`);
  const pairs = steps.slice(1).map((next, index) => {
    const step = steps[index] as TimedRun;
    const wallMs = next.startedMs - step.startedMs;
    return { wallMs, overheadMs: wallMs - (step.endedMs - step.startedMs) + runCostMs };
  });
  return { stepMs: median(pairs.map(({ wallMs }) => wallMs)), overheadMs: median(pairs.map(({ overheadMs }) => overheadMs)) };
}

async function assembleModel(directory: string, manifest: Manifest, runtime: TimedRuntime): Promise<LocalVisionModel> {
  const { file, addedTokens } = manifest.tokenizer;
  const opened = await openModel(runtime, directory, manifest, {
    maxRows: defaultMaxConcurrent,
    maxIdleBytes: maxIdleCacheBytes, // giving the cache back after each answer would be counted as part of a cancel
    maxFeatureBytes: 0,
    onProgress: () => {},
    signal: new AbortController().signal,
  });
  const { architecture, parameters, contextLength, image } = manifest.model;
  return new LocalVisionModel({
    id: 'bench',
    info: {
      ...{ architecture, parameters, contextLength, maxTiles: image.maxTiles, tokensPerTile: image.tokensPerTile, directory },
      weights: manifest.precision,
      runtime: { ...runtime.info, name: 'onnxruntime', device: runtime.info.executionProvider },
      reasons: [],
    },
    manifest,
    tokenizer: createTokenizer({ modelBytes: await readFile(join(directory, file)), addedTokens }),
    opened,
    queue: new RunQueue(4, Number.MAX_SAFE_INTEGER),
    allowRemoteImages: false,
    release: () => runtime.dispose(),
  });
}
