import { basename, resolve } from 'node:path';
import { type Manifest, manifestVersion } from '../model-files/manifest.ts';
import type { ModelConfig } from '../model-files/model-config.ts';
import type { FileDigest } from '../store/hashed-file.ts';
import type { ConversionPlan } from './quantize/plan.ts';
import type { SourceDType } from './safetensors/read-header.ts';

/** Names of the files beside the manifest. */
export const outputFiles = {
  vision: { file: 'vision.onnx', data: 'vision.onnx.data' },
  decoder: { file: 'decoder.onnx', data: 'decoder.onnx.data' },
  embeddings: 'embeddings.bin',
  tokenizer: 'tokenizer.model',
} as const;

/** What a manifest is put together from. */
export interface ManifestParts {
  readonly version: string;
  readonly sourceDirectory: string;
  readonly sourceFiles: Manifest['source']['files'];
  readonly config: ModelConfig;
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly plan: ConversionPlan;
  readonly embeddingType: SourceDType;
  readonly files: Readonly<Record<string, FileDigest>>;
}

const embeddingTypes = { BF16: 'bfloat16', F16: 'float16', F32: 'float32' } as const;

/** What a manifest says of the package that wrote it. */
export const writtenBy = (version: string): string => `@h2ovl/core ${version}`;

/** What is known of a converted model before it is made. */
export function describePlanned(
  config: ModelConfig,
  shapes: ManifestParts['shapes'],
  plan: ConversionPlan,
): Pick<Manifest, 'precision' | 'form' | 'model' | 'graphs'> {
  const { language } = config;
  const { shuffle: _, ...image } = config.image;
  const parameters = [...shapes.values()].reduce((sum, shape) => sum + shape.reduce((product, dim) => product * dim, 1), 0);
  return {
    precision: {
      name: plan.name,
      vision: plan.vision,
      language: plan.language,
      head: plan.head,
      int8Limit: plan.int8Limit,
      ...(plan.visionPlan && { visionPlan: plan.visionPlan }),
    },
    form: plan.form,
    model: {
      architecture: config.architecture,
      parameters,
      contextLength: language.contextLength,
      vocabularySize: language.vocabularySize,
      hiddenSize: language.hiddenSize,
      layers: language.layers,
      attentionHeads: language.heads,
      keyValueHeads: language.keyValueHeads,
      headSize: language.headSize,
      template: config.template,
      jsonLayout: config.jsonLayout,
      endTokenIds: [...config.endTokenIds],
      image,
    },
    graphs: { vision: outputFiles.vision, decoder: outputFiles.decoder },
  };
}

/** The manifest of a converted model. */
export function buildManifest(parts: ManifestParts): Manifest {
  const { config } = parts;
  const { language } = config;
  return {
    format: 'h2ovl-onnx',
    version: manifestVersion,
    writtenBy: writtenBy(parts.version),
    source: { name: basename(resolve(parts.sourceDirectory)), files: parts.sourceFiles },
    ...describePlanned(config, parts.shapes, parts.plan),
    embeddings: {
      file: outputFiles.embeddings,
      dtype: embeddingTypes[parts.embeddingType],
      rows: language.vocabularySize,
      columns: language.hiddenSize,
    },
    tokenizer: { file: outputFiles.tokenizer, addedTokens: { ...config.addedTokens } },
    files: parts.files,
  };
}
