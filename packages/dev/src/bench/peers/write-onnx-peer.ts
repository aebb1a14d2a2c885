import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rotaryTables } from '@h2ovl/core/internal/convert/graphs/rotary-tables';
import { ExternalData } from '@h2ovl/core/internal/convert/onnx/external-data';
import { GraphBuilder } from '@h2ovl/core/internal/convert/onnx/graph-builder';
import type { LanguageConfig } from '@h2ovl/core/internal/model-files/model-config';
import { HashedFile } from '@h2ovl/core/internal/store/hashed-file';
import { buildPeerDecoder } from './peer-decoder-graph.ts';

/** The forms transformers.js users take on a CPU. */
export type PeerFormat = 'q4' | 'q8';

/** How transformers.js calls their files. */
const fileNames: Readonly<Record<PeerFormat, string>> = { q4: 'model_q4.onnx', q8: 'model_quantized.onnx' };

/** Writes a folder that `AutoModelForCausalLM.from_pretrained` loads, with random weights. It appears when it is complete. */
export async function writeOnnxPeer(folder: string, language: LanguageConfig, format: PeerFormat, signal: AbortSignal): Promise<void> {
  const unfinished = `${folder}.${process.pid}`;
  try {
    await mkdir(join(unfinished, 'onnx'), { recursive: true });
    await writeFile(join(unfinished, 'config.json'), JSON.stringify(describeModel(language), null, 2));
    const name = fileNames[format];
    const data = await HashedFile.create(join(unfinished, 'onnx', `${name}_data`));
    try {
      const builder = new GraphBuilder('peer', new ExternalData(data, `${name}_data`));
      await buildPeerDecoder(
        builder,
        language,
        format,
        rotaryTables(language.contextLength, language.headSize, language.ropeTheta),
        signal,
      );
      await writeFile(join(unfinished, 'onnx', name), builder.encode('0'));
      await data.finish();
    } finally {
      await data.close();
    }
    await rename(unfinished, folder);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
}

/** Without end tokens, so that an answer has the length it was asked for. */
function describeModel(language: LanguageConfig): unknown {
  return {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    hidden_size: language.hiddenSize,
    intermediate_size: language.intermediateSize,
    num_hidden_layers: language.layers,
    num_attention_heads: language.heads,
    num_key_value_heads: language.keyValueHeads,
    head_dim: language.headSize,
    vocab_size: language.vocabularySize,
    max_position_embeddings: language.contextLength,
    rope_theta: language.ropeTheta,
    rms_norm_eps: language.epsilon,
    hidden_act: 'silu',
    bos_token_id: 1,
    eos_token_id: null,
    'transformers.js_config': { use_external_data_format: 1, kv_cache_dtype: { q4: 'float32', q8: 'float32' } },
  };
}
