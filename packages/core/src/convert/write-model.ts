import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type LoadProgress, VisionError } from '@h2ovl/contract';
import { type GraphForm, type LinearFormat, type Manifest, manifestFileName, visionFormOf } from '../model-files/manifest.ts';
import type { ModelConfig } from '../model-files/model-config.ts';
import { digestWeights, type MeasuredVisionPlan } from '../model-files/vision-plan.ts';
import { type FileDigest, HashedFile } from '../store/hashed-file.ts';
import type { Readers } from '../store/readers.ts';
import { buildDecoder } from './graphs/decoder.ts';
import type { GraphContext } from './graphs/graph-context.ts';
import type { TowerWork } from './graphs/tower-work.ts';
import { buildVisionEncoder } from './graphs/vision-encoder.ts';
import { ExternalData } from './onnx/external-data.ts';
import { GraphBuilder } from './onnx/graph-builder.ts';
import { packageVersion } from './package-version.ts';
import type { ErrorReport } from './quantize/error-report.ts';
import type { ConversionPlan } from './quantize/plan.ts';
import { Weights } from './quantize/weight-matrix.ts';
import type { Checkpoint } from './safetensors/open-checkpoint.ts';
import { type EarlierResult, type TakenOver, takeOver } from './take-over.ts';
import { checkUnchanged, type VerifyOptions, verifySource } from './verify-source.ts';
import { buildManifest, outputFiles } from './write-manifest.ts';

/** What is written, and how. */
export interface ModelSource {
  readonly checkpoint: Checkpoint;
  readonly config: ModelConfig;
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly plan: ConversionPlan;
  readonly errors: ErrorReport;
  /** Of the files. */
  readonly readers: Readers;
  /** An earlier result that differs in its vision part at most: what is the same is taken over from it. */
  readonly earlier?: EarlierResult | undefined;
  /** Whether it is known to be made from the checkpoint as it is; else the hashes of the checkpoint's files tell. */
  readonly knowsSource?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
}

const embeddingTensor = 'language_model.model.embed_tokens.weight';

/** A folder that was filled. */
export interface WrittenModel {
  readonly manifest: Manifest;
  /** Names of files that were taken over. */
  readonly takenOver: readonly string[];
}

/** Fills an empty folder with the converted model; the manifest comes last. */
export async function writeModel(directory: string, source: ModelSource): Promise<WrittenModel> {
  const { checkpoint, config, plan, errors, readers, signal, onProgress } = source;
  const options = { ...(signal && { signal }), ...(onProgress && { onProgress }) };
  const { sourceFiles, taken } = await takeWhatHolds(directory, source, options);
  if (plan.visionPlan) checkMeasuredOn(plan.visionPlan, sourceFiles);
  const weights = new Weights(checkpoint, { ...options, onRead: readProgress(source, taken) });
  const version = await packageVersion();
  const files: Record<string, FileDigest> = { ...taken.vision, ...taken.others };
  const takenOver = Object.keys(files);
  const graph = (
    names: { file: string; data: string },
    { format, form }: { readonly format: LinearFormat; readonly form: GraphForm },
    build: (context: GraphContext) => Promise<void>,
  ): Promise<void> =>
    writeGraph({ directory, names, version, files, readers }, (builder) =>
      build({ builder, weights, format, form, errors, int8Limit: plan.int8Limit ?? 64 }),
    );

  const chosen = plan.visionPlan?.plan;
  const tower: TowerWork | undefined = chosen ? { type: 'compute', plan: chosen } : undefined;
  // What the plan does not name, the embedding of patches, is float32 as all of it would be.
  const visionFormat = tower ? 'float32' : plan.vision;
  const vision = { format: visionFormat, form: visionFormOf(plan.form) };
  if (taken.vision === undefined) await graph(outputFiles.vision, vision, (context) => buildVisionEncoder({ ...context, tower }, config));
  if (taken.others === undefined) {
    await graph(outputFiles.decoder, { format: plan.language, form: plan.form }, (context) => buildDecoder(context, config, plan.head));
    files[outputFiles.embeddings] = await writeFile(join(directory, outputFiles.embeddings), embeddingRows(weights), readers);
    const tokenizer = await readFile(join(checkpoint.directory, 'tokenizer.model'));
    files[outputFiles.tokenizer] = await writeFile(join(directory, outputFiles.tokenizer), [tokenizer], readers);
  }
  await checkUnchanged(checkpoint, sourceFiles);

  const embeddingType = checkpoint.tensors.get(embeddingTensor)?.dtype ?? 'BF16';
  const manifest = buildManifest({ ...source, version, sourceDirectory: checkpoint.directory, sourceFiles, embeddingType, files });
  await writeFile(join(directory, manifestFileName), [Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`)], readers);
  return { manifest, takenOver };
}

type SourceFiles = Manifest['source']['files'];

/** Takes over from an earlier result what is the same, if it was made from the files that the checkpoint has now. */
async function takeWhatHolds(
  directory: string,
  { checkpoint, earlier, knowsSource, readers }: ModelSource,
  options: VerifyOptions,
): Promise<{ readonly sourceFiles: SourceFiles; readonly taken: TakenOver }> {
  const nothing: TakenOver = { vision: undefined, others: undefined };
  const known = earlier?.manifest.source.files;
  const take = async (): Promise<TakenOver> => (earlier ? takeOver(earlier, directory, { ...options, readers }) : nothing);
  if (known !== undefined && knowsSource) {
    const taken = await take();
    if (taken.others !== undefined) return { sourceFiles: known, taken };
  }
  const sourceFiles = await verifySource(checkpoint, options);
  return { sourceFiles, taken: !knowsSource && isDeepStrictEqual(sourceFiles, known) ? await take() : nothing };
}

/** A plan is for the weights that it was measured on. @throws VisionError INVALID_ARGUMENT */
function checkMeasuredOn({ measuredOn }: MeasuredVisionPlan, sourceFiles: SourceFiles): void {
  if (measuredOn?.weights === digestWeights(sourceFiles)) return;
  throw new VisionError('INVALID_ARGUMENT', 'visionPlan was measured on other weights than those of this checkpoint.', {
    param: 'visionPlan',
    hint: 'Measure this checkpoint (measureVisionPlan), or leave visionPlan out: the vision part is float32 then.',
  });
}

function readProgress({ checkpoint, onProgress }: ModelSource, taken: TakenOver): (tensor: string, byteLength: number) => void {
  // Every byte of the tensors is read once, but for a tied head, which is read twice, and for parts that are taken over.
  const isRead = (name: string): boolean => (name.startsWith('language_model.') ? taken.others : taken.vision) === undefined;
  const read = [...checkpoint.tensors].filter(([name]) => isRead(name));
  const totalBytes = read.reduce((sum, [, tensor]) => sum + tensor.byteLength, 0);
  let doneBytes = 0;
  return (item, byteLength) => {
    doneBytes = Math.min(totalBytes, doneBytes + byteLength);
    onProgress?.({ type: 'convert', item, doneBytes, totalBytes });
  };
}

export interface GraphTarget {
  readonly directory: string;
  readonly names: { readonly file: string; readonly data: string };
  readonly version: string;
  /** Receives the digests. */
  readonly files: Record<string, FileDigest>;
  readonly readers: Readers;
}

/** Weights stream into the data file while the graph is built; the small model file follows. */
export async function writeGraph(
  { directory, names, version, files, readers }: GraphTarget,
  build: (builder: GraphBuilder) => Promise<void>,
): Promise<void> {
  const data = await HashedFile.create(join(directory, names.data), readers);
  try {
    const builder = new GraphBuilder(names.file.replace(/\.onnx$/, ''), new ExternalData(data, names.data));
    await build(builder);
    files[names.data] = await data.finish();
    files[names.file] = await writeFile(join(directory, names.file), [builder.encode(version)], readers);
  } finally {
    await data.close();
  }
}

async function writeFile(path: string, chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, readers: Readers): Promise<FileDigest> {
  const file = await HashedFile.create(path, readers);
  try {
    for await (const chunk of chunks) await file.write(chunk);
    return await file.finish();
  } finally {
    await file.close();
  }
}

async function* embeddingRows(weights: Weights): AsyncGenerator<Uint8Array> {
  for await (const block of weights.matrix({ tensor: embeddingTensor }).blocks()) yield block.bytes;
}
