import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { VisionError } from '@h2ovl/contract';
import { openCheckpoint } from '@h2ovl/core/internal/convert/safetensors/open-checkpoint';
import { modelFormFor } from '@h2ovl/core/internal/model/graph-form';
import { chooseDevice, closeDevice, type DeviceName } from '@h2ovl/core/internal/runtime/choose-device';
import type { RuntimeAdapter } from '@h2ovl/core/internal/runtime/open-runtime';
import { createTokenizer, type Tokenizer } from '@h2ovl/core/internal/text/tokenizer';
import { writeSyntheticCheckpoint } from '../synthetic/synthetic-checkpoint.ts';
import { compareContinuation, comparePrepared, compareValues, float32Tolerance, type StageResult, type Tolerance } from './compare-case.ts';
import { openVariants, type Variants } from './open-variants.ts';
import { type ReferenceCase, type ReferenceFile, readReferenceFile } from './reference-file.ts';
import { continueGreedily, prepareCase } from './run-case.ts';

const usage = `Usage: reference [--adapter ffi|worker] [--device cpu|webgpu|webgpu:vision] FILE.json...
  Rebuilds the synthetic checkpoint each file describes, converts it and compares every case with PyTorch's numbers.
  mini-tokenizer.model and the .safetensors of the same name lie beside the file.
`;

/** Prints one line per case and stage; resolves to 0 when all pass, 1 when one fails, 2 for wrong usage. */
export async function main(argv: readonly string[]): Promise<number> {
  const files = [...argv];
  const take = (flag: string, otherwise: string): string => {
    const at = files.indexOf(flag);
    return at >= 0 ? (files.splice(at, 2)[1] ?? '') : otherwise;
  };
  const adapter = take('--adapter', 'auto') as RuntimeAdapter;
  const device = take('--device', 'cpu') as DeviceName;
  const isKnown = ['auto', 'ffi', 'worker'].includes(adapter) && ['cpu', 'webgpu', 'webgpu:vision'].includes(device);
  if (files.length === 0 || !isKnown || files.some((file) => file.startsWith('-'))) {
    process.stderr.write(usage);
    return 2;
  }
  let passed = 0;
  let failed = 0;
  for (const path of files) {
    try {
      for await (const { name, result } of checkFile(await readReferenceFile(path), { adapter, device })) {
        if (result.passed) passed += 1;
        else failed += 1;
        const label = `${basename(path, '.json')} ${name}`.padEnd(24);
        process.stdout.write(`${label} ${result.stage.padEnd(20)} ${result.passed ? 'PASS' : 'FAIL'}  ${result.detail}\n`);
      }
    } catch (error) {
      failed += 1;
      const hint = VisionError.isInstance(error) && error.hint !== undefined ? ` ${error.hint}` : '';
      process.stdout.write(`${path} FAIL ${error instanceof Error ? error.message : String(error)}${hint}\n`);
    }
  }
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

/**
 * What weights in 8 bits and float16 arithmetic may cost on these miniatures, whose random weights have no outliers: 2.3e-2 was measured with int8 in
 * float32. Greedy tokens must agree where the reference's own margin is larger than that share of its logits (about 10).
 */
const roundedTolerance: Tolerance = { values: 6e-2, margin: 0.5 };

export interface CheckOptions {
  readonly adapter?: RuntimeAdapter;
  readonly workerUrl?: URL;
  /** @default 'cpu' */
  readonly device?: DeviceName;
  /** @default 'exact' */
  readonly precision?: 'exact' | 'balanced';
  /** @default all of the file */
  readonly cases?: readonly string[];
}

export interface CheckedStage {
  readonly name: string;
  readonly result: StageResult;
}

/** Every stage of every case of one file, as it is computed. The checkpoint lives in a temporary folder that is removed at the end. */
export async function* checkFile(
  file: ReferenceFile,
  { adapter = 'auto', workerUrl, device = 'cpu', precision = 'exact', cases = Object.keys(file.cases) }: CheckOptions = {},
): AsyncGenerator<CheckedStage, void> {
  const folder = await mkdtemp(join(tmpdir(), 'h2ovl-reference-'));
  try {
    const checkpoint = join(folder, 'checkpoint');
    await writeSyntheticCheckpoint({ directory: checkpoint, config: file.config, seed: file.seed, tokenizerModel: file.tokenizerModel });
    yield { name: 'weights', result: await compareWeights(file, checkpoint) };
    const chosen = await chooseDevice({ device, adapter, ...(workerUrl && { workerUrl }) });
    try {
      const form = modelFormFor(chosen, precision === 'exact');
      const visionRuntime = chosen.vision?.runtime;
      const variants = await openVariants(chosen.runtime, checkpoint, folder, { precision, form, visionRuntime });
      const tolerance = precision === 'exact' ? float32Tolerance : roundedTolerance;
      const { addedTokens, file: tokenizerFile } = variants.manifest.tokenizer;
      const tokenizer = createTokenizer({ modelBytes: await readFile(join(variants.directory, tokenizerFile)), addedTokens });
      for (const name of cases) yield* checkCase(file, name, { variants, tokenizer, tolerance });
      await variants.dispose();
    } finally {
      await closeDevice(chosen);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function* checkCase(
  file: ReferenceFile,
  name: string,
  { variants, tokenizer, tolerance }: { readonly variants: Variants; readonly tokenizer: Tokenizer; readonly tolerance: Tolerance },
): AsyncGenerator<CheckedStage, void> {
  const reference = file.cases[name] as ReferenceCase;
  const { endTokenIds } = variants.manifest.model;
  const prepared = await prepareCase(variants, tokenizer, reference);
  for (const result of comparePrepared(file, name, prepared, tolerance)) yield { name, result };
  const chunked = await continueGreedily(variants.chunked, prepared.source, endTokenIds);
  for (const result of compareContinuation(file, name, chunked, tolerance)) yield { name, result };
  if (variants.stepwise === undefined) return;
  const stepwise = await continueGreedily(variants.stepwise, prepared.source, endTokenIds);
  yield { name, result: compareValues('prefill = steps', stepwise.firstLogits, chunked.firstLogits) };
}

/** The rebuilt checkpoint holds the very weights PyTorch had. */
async function compareWeights(file: ReferenceFile, directory: string): Promise<StageResult> {
  const checkpoint = await openCheckpoint(directory);
  try {
    let wrong = 0;
    for (const [name, values] of Object.entries(file.weightProbe)) {
      const tensor = checkpoint.tensors.get(name);
      const actual = tensor ? await checkpoint.readFloat32(tensor, 0, values.length) : new Float32Array(0);
      if (values.some((value, index) => value !== actual[index])) wrong += 1;
    }
    const probed = Object.keys(file.weightProbe).length;
    return { stage: 'weights', passed: wrong === 0, detail: `${probed} tensors probed, ${wrong} differ` };
  } finally {
    await checkpoint.close();
  }
}
