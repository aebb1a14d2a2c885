import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { VisionModel } from '@h2ovl/core';
import { cpuForm } from '@h2ovl/core/internal/model-files/manifest';
import { RunQueue } from '../../../core/src/answer/run-queue.ts';
import { type LocalModelParts, LocalVisionModel } from '../../../core/src/answer/vision-model.ts';
import { buildManifest } from '../../../core/src/convert/write-manifest.ts';
import type { OpenedModel } from '../../../core/src/model/open-model.ts';
import { TileIdentities } from '../../../core/src/model/tile-identities.ts';
import { readModelConfig } from '../../../core/src/model-files/model-config.ts';
import { createTokenizer, type Tokenizer } from '../../../core/src/text/tokenizer.ts';
import { fakeDecoder } from '../../../core/test/helpers/fake-decoder.ts';
import { nanoCheckpoint } from '../../src/testing/nano-samples.ts';

/** A model whose prompts can be seen. */
export interface RecordingModel {
  readonly model: VisionModel;
  /** Every prompt since the last call, as the decoder was given it: ids of tokens, and below zero what stands for a picture's content. */
  takePrompts(): readonly (readonly number[])[];
  /** A prompt as text, each picture by the name under which its content was given to `namePicture`. */
  show(prompt: readonly number[]): string;
  /** Gives the picture of a prompt that holds one, and no other, a name. */
  namePicture(prompt: readonly number[], name: string): void;
}

/**
 * nano's own front half, everything from the caller's options to the ids and picture digests that the decoder gets, before a decoder that
 * reads nothing and answers with a script. So what is compared is what a model would see.
 */
export async function openRecordingModel(answer: string): Promise<RecordingModel> {
  const config = await readModelConfig(nanoCheckpoint);
  const manifest = buildManifest({
    version: '0',
    sourceDirectory: nanoCheckpoint,
    sourceFiles: {},
    config,
    shapes: new Map(),
    plan: { name: 'custom', vision: 'float32', language: 'float32', head: 'float32', int8Limit: null, form: cpuForm },
    embeddingType: 'BF16',
    files: {},
  });
  const tokenizer = createTokenizer({
    modelBytes: readFileSync(join(nanoCheckpoint, 'tokenizer.model')),
    addedTokens: config.addedTokens,
  });
  const prompts: number[][] = [];
  const script = [...tokenizer.encodeText(answer), config.endTokenIds[0] as number];
  const decoder = {
    bytesFor: () => 0,
    cachedPrefix: (keys: Float64Array) => keys.length, // so no tile is encoded
    openSequence: ({ keys }: { readonly keys: Float64Array }) => {
      prompts.push([...keys]);
      return Object.assign(fakeDecoder({ script, vocabularySize: manifest.model.vocabularySize }), { cachedTokens: 0 });
    },
  };
  const parts: Omit<OpenedModel, 'vision' | 'embedder' | 'decoder'> = {
    identities: new TileIdentities(),
    reasons: [],
    dispose: async () => {},
  };
  const opened = { ...parts, vision: {}, embedder: {}, decoder } as unknown as OpenedModel; // the rest of the three is never reached
  const model = new LocalVisionModel({
    id: 'nano',
    info: {} as LocalModelParts['info'],
    manifest,
    tokenizer,
    opened,
    queue: new RunQueue(1, 1),
    allowRemoteImages: false,
    release: async () => {},
  });
  const names = new Map<number, string>();
  return {
    model,
    takePrompts: () => prompts.splice(0),
    show: (prompt) => showPrompt(prompt, tokenizer, names),
    namePicture: (prompt, name) => names.set(prompt.find((key) => key < 0) as number, name),
  };
}

function showPrompt(prompt: readonly number[], tokenizer: Tokenizer, names: ReadonlyMap<number, string>): string {
  let shown = '';
  let segment: number[] = [];
  const imageStart = tokenizer.idOf('<img>');
  const imageEnd = tokenizer.idOf('</img>');
  const added = new Map(tokenizer.addedTokens.map((name) => [tokenizer.idOf(name), name]));
  for (const [index, key] of prompt.entries()) {
    const special = added.get(key);
    if (key >= 0 && special === undefined) {
      segment.push(key);
      continue;
    }
    shown += tokenizer.decode(segment);
    segment = [];
    if (key === imageStart) shown += `<${names.get(prompt[index + 1] as number) ?? 'unknown picture'}>`;
    else if (key >= 0 && key !== imageEnd) shown += special;
  }
  return shown + tokenizer.decode(segment);
}
