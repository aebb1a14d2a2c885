import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { EngineHandlers, LanguageQuestions } from '../engines/engine-protocol.ts';
import { randomTokens } from '../engines/random-tokens.ts';
import type { PeerFormat } from './write-onnx-peer.ts';

export interface TransformersParams {
  readonly packageFolder: string;
  /** The model's folder is `modelsFolder/format`. */
  readonly modelsFolder: string;
  readonly format: PeerFormat;
  readonly threads: number;
  readonly vocabularySize: number;
}

interface PeerTensor {
  readonly dims: readonly number[];
  readonly data: BigInt64Array;
}

/** The parts of transformers.js that are used here. */
interface TransformersModule {
  readonly env: { localModelPath: string; allowRemoteModels: boolean; allowLocalModels: boolean };
  readonly AutoModelForCausalLM: { from_pretrained(name: string, options: Readonly<Record<string, unknown>>): Promise<PeerModel> };
  readonly Tensor: new (type: 'int64', data: BigInt64Array, dims: readonly number[]) => PeerTensor;
}
interface PeerModel {
  generate(options: Readonly<Record<string, unknown>>): Promise<{ readonly sequences: PeerTensor; readonly past_key_values: unknown }>;
}

/** transformers.js through its `generate`, with greedy choice; it has no batches of independent requests. */
export async function start(params: TransformersParams): Promise<EngineHandlers> {
  const { packageFolder, modelsFolder, format, threads, vocabularySize } = params;
  const module = (await import(pathToFileURL(join(packageFolder, 'dist', 'transformers.node.mjs')).href)) as TransformersModule;
  Object.assign(module.env, { localModelPath: modelsFolder, allowRemoteModels: false, allowLocalModels: true });
  const model = await module.AutoModelForCausalLM.from_pretrained(format, {
    ...{ dtype: format, device: 'cpu', local_files_only: true },
    session_options: { intraOpNumThreads: threads },
  });
  const tensor = (data: BigInt64Array): PeerTensor => new module.Tensor('int64', data, [1, data.length]);

  /** Generates `count` tokens after `ids`; tells when each came. */
  const generate = async (ids: BigInt64Array, count: number, past: unknown) => {
    const times: number[] = [performance.now()];
    let isPrompt = true; // the streamer is shown the prompt first
    const streamer = {
      put: () => {
        if (!isPrompt) times.push(performance.now());
        isPrompt = false;
      },
      end: () => {},
    };
    const { sequences, past_key_values } = await model.generate({
      inputs: tensor(ids),
      attention_mask: tensor(new BigInt64Array(ids.length).fill(1n)),
      ...{ max_new_tokens: count, do_sample: false, return_dict_in_generate: true, streamer },
      ...(past !== undefined && { past_key_values: past }),
    });
    if (times.length !== count + 1) throw new Error(`${times.length - 1} tokens came where ${count} were asked for.`);
    return { ids: sequences.data.slice(), past: past_key_values, times };
  };
  const prompt = (tokens: number): BigInt64Array => BigInt64Array.from(randomTokens(tokens, vocabularySize), BigInt);

  const prefill = async ({ tokens }: LanguageQuestions['prefill']): Promise<number> => {
    const { times } = await generate(prompt(tokens), 1, undefined);
    return (times[1] as number) - (times[0] as number);
  };
  let state: { readonly ids: BigInt64Array; readonly past: unknown } | undefined;
  const open = async ({ past, rows }: LanguageQuestions['open']): Promise<void> => {
    if (rows !== 1) throw new Error('transformers.js has no batches of independent requests.');
    state = await generate(prompt(past), 1, undefined);
  };
  const steps = async ({ count }: LanguageQuestions['steps']): Promise<number[]> => {
    if (!state) throw new Error('Nothing is open.');
    const next = await generate(state.ids, count, state.past);
    state = next;
    return next.times.slice(1).map((time, index) => time - (next.times[index] as number));
  };
  const close = (): void => {
    state = undefined;
  };
  return { prefill, open, steps, close };
}
