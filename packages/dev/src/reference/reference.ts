import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { VisionError } from '@h2ovl/contract';
import { openCheckpoint } from '@h2ovl/core/internal/convert/safetensors/open-checkpoint';
import { openRuntime, type RuntimeAdapter } from '@h2ovl/core/internal/runtime/open-runtime';
import { createTokenizer, type Tokenizer } from '@h2ovl/core/internal/text/tokenizer';
import { writeSyntheticCheckpoint } from '../synthetic/synthetic-checkpoint.ts';
import { compareContinuation, comparePrepared, compareValues, type StageResult } from './compare-case.ts';
import { openVariants, type Variants } from './open-variants.ts';
import { type ReferenceCase, type ReferenceFile, readReferenceFile } from './reference-file.ts';
import { continueGreedily, prepareCase } from './run-case.ts';

const usage = `Usage: reference [--adapter ffi|worker] FILE.json...
  Rebuilds the synthetic checkpoint each file describes, converts it and compares every case with PyTorch's numbers.
  mini-tokenizer.model and the .safetensors of the same name lie beside the file.
`;

/** Prints one line per case and stage; resolves to 0 when all pass, 1 when one fails, 2 for wrong usage. */
export async function main(argv: readonly string[]): Promise<number> {
  const files = [...argv];
  let adapter: RuntimeAdapter = 'auto';
  const flag = files.indexOf('--adapter');
  if (flag >= 0) adapter = files.splice(flag, 2)[1] as RuntimeAdapter;
  if (files.length === 0 || !['auto', 'ffi', 'worker'].includes(adapter) || files.some((file) => file.startsWith('-'))) {
    process.stderr.write(usage);
    return 2;
  }
  let passed = 0;
  let failed = 0;
  for (const path of files) {
    try {
      for await (const { name, result } of checkFile(await readReferenceFile(path), adapter)) {
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

export interface CheckedStage {
  readonly name: string;
  readonly result: StageResult;
}

/** Every stage of every case of one file, as it is computed. The checkpoint lives in a temporary folder that is removed at the end. */
export async function* checkFile(file: ReferenceFile, adapter: RuntimeAdapter, workerUrl?: URL): AsyncGenerator<CheckedStage, void> {
  const folder = await mkdtemp(join(tmpdir(), 'h2ovl-reference-'));
  try {
    const checkpoint = join(folder, 'checkpoint');
    await writeSyntheticCheckpoint({ directory: checkpoint, config: file.config, seed: file.seed, tokenizerModel: file.tokenizerModel });
    yield { name: 'weights', result: await compareWeights(file, checkpoint) };
    const runtime = await openRuntime({ adapter, ...(workerUrl && { workerUrl }) });
    try {
      const variants = await openVariants(runtime, checkpoint, folder);
      const { addedTokens, file: tokenizerFile } = variants.manifest.tokenizer;
      const tokenizer = createTokenizer({ modelBytes: await readFile(join(variants.directory, tokenizerFile)), addedTokens });
      for (const name of Object.keys(file.cases)) yield* checkCase(file, name, variants, tokenizer);
      await variants.dispose();
    } finally {
      await runtime.dispose();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function* checkCase(file: ReferenceFile, name: string, variants: Variants, tokenizer: Tokenizer): AsyncGenerator<CheckedStage, void> {
  const reference = file.cases[name] as ReferenceCase;
  const { endTokenIds } = variants.manifest.model;
  const prepared = await prepareCase(variants, tokenizer, reference);
  for (const result of comparePrepared(file, name, prepared)) yield { name, result };
  const chunked = await continueGreedily(variants.chunked, prepared.source, endTokenIds);
  for (const result of compareContinuation(file, name, chunked)) yield { name, result };
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
