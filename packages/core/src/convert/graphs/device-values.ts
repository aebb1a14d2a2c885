import { graphValues } from '../../model-files/manifest.ts';
import type { ModelConfig } from '../../model-files/model-config.ts';
import { bytesOf, chunksOf } from '../../tensor/bytes.ts';
import { toFloat16 } from './device-linear.ts';
import { fromFloat32, type GraphContext } from './graph-context.ts';

const table = 'language_model.model.embed_tokens.weight';

/**
 * Token embeddings inside the graph, so that a token chosen on the device is read there again, without a way over the host.
 *
 *   token_ids [B, S] ─▶ Gather ─▶ + ─▶ [B, S, H]       one row of zeros behind the table: the id of positions that hold image features
 *   inputs_embeds [B, S, H] ──────┘
 */
export async function addTokenEmbeddings(context: GraphContext, { language }: ModelConfig, embeddings: string): Promise<string> {
  const { builder, weights, form } = context;
  builder.input(graphValues.tokenIds, 'int32', ['B', 'S']);
  const matrix = weights.matrix({ tensor: table });
  const zeros = new Float32Array(language.hiddenSize);
  async function* rows(): AsyncGenerator<Uint8Array> {
    for await (const { values } of matrix.floatBlocks()) yield stored(values);
    yield stored(zeros);
  }
  const stored = (values: Float32Array<ArrayBuffer>): Uint8Array => bytesOf(form.values === 'float16' ? toFloat16(values, table) : values);
  const name = await builder.weight('embeddings', form.values, [language.vocabularySize + 1, language.hiddenSize], rows());
  const known = builder.node('embeddings', 'Gather', [name, graphValues.tokenIds], { attributes: { axis: { int: 0 } } });
  return builder.node('embeddings', 'Add', [fromFloat32(context, 'embeddings', embeddings), known]);
}

/** Larger than any token id: what stands where the logit is not the largest. */
const noToken = 2 ** 24;

/**
 * What an answer that always takes the best token needs, 12 bytes a position instead of the logits. ArgMax is not used: the provider computes it on a
 * single thread, where the largest value and the smallest id among its holders are found by all threads of a group. ReduceLogSumExp would overflow, and int64
 * would be computed on the CPU.
 *
 *   logits [B, P, V] ─▶ largest ─┬─▶ id where the logit is the largest ─▶ smallest ─▶ best_token [B, P]
 *                                └─▶ sum(exp(logit - largest)) ───────────────┴─▶ best [B, P, 3]: id, largest, sum
 */
export async function addBestToken({ builder }: GraphContext, { language }: ModelConfig, logits: string): Promise<void> {
  const axis = builder.constant('int64', [-1]);
  const keep = { attributes: { keepdims: { int: 1 } } };
  const ids = Float32Array.from({ length: language.vocabularySize }, (_, id) => id);
  const idTable = await builder.weight('best/ids', 'float32', [ids.length], chunksOf(bytesOf(ids)));
  const largest = builder.node('best/logit', 'ReduceMax', [logits, axis], keep);
  const isLargest = builder.node('best/id', 'GreaterOrEqual', [logits, largest]);
  const candidates = builder.node('best/id', 'Where', [isLargest, idTable, builder.constant('float32', [noToken], [])]);
  const id = builder.node('best/id', 'ReduceMin', [candidates, axis], keep);
  const below = builder.node('best/sum', 'Sub', [logits, largest]);
  const sum = builder.node('best/sum', 'ReduceSum', [builder.node('best/sum', 'Exp', [below]), axis], keep);
  const all = builder.node('best', 'Concat', [id, largest, sum], { attributes: { axis: { int: -1 } } });
  const token = builder.node('best', 'Squeeze', [builder.node('best', 'Cast', [id], { attributes: { to: { int: 6 } } }), axis]);
  builder.output(graphValues.bestToken, 'int32', ['B', 'P'], token);
  builder.output(graphValues.best, 'float32', ['B', 'P', 3], all);
}
