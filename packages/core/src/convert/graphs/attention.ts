import { type GraphForm, graphValues } from '../../model-files/manifest.ts';
import type { ModelConfig } from '../../model-files/model-config.ts';
import type { GraphBuilder } from '../onnx/graph-builder.ts';

/** What attention makes: [B, S, heads D], and the cache with the new positions in it. */
export interface AttentionValues {
  readonly output: string;
  readonly key: string;
  readonly value: string;
}

export interface AttentionInput {
  readonly address: string;
  readonly layer: number;
  /** [B, S, (heads + 2 KV) D]; or [B, S, heads D] when key and value come apart. */
  readonly packed: string;
  /** [B, S, KV D]; '' when they are in `packed`. */
  readonly key: string;
  readonly value: string;
  /** Cosine and sine tables, [positions, D / 2]. */
  readonly rotary: readonly [cos: string, sin: string];
  readonly config: ModelConfig;
  readonly form: GraphForm;
}

/**
 *   input ─▶ q, k, v, merged or apart ─▶ GroupQueryAttention ─▶ [B, S, heads D]
 *                 past key, value ────────────┘   └─▶ present key, value (the same memory when bound so)
 * Key and value outputs must always be there: without them the kernel returns garbage.
 */
export function causalAttention(
  builder: GraphBuilder,
  { address, layer, packed, key: newKey, value: newValue, rotary, config }: AttentionInput,
): AttentionValues {
  const inputs = [
    packed,
    newKey,
    newValue,
    graphValues.pastKey(layer),
    graphValues.pastValue(layer),
    graphValues.lengths,
    graphValues.totalLength,
    ...rotary,
  ];
  const [output, key, value] = builder.nodes(address, 'GroupQueryAttention', inputs, {
    domain: 'com.microsoft',
    attributes: {
      num_heads: { int: config.language.heads },
      kv_num_heads: { int: config.language.keyValueHeads },
      do_rotary: { int: 1 },
      rotary_interleaved: { int: 0 }, // halves, not neighbours: the order of Hugging Face weights
    },
    outputs: [true, true, true],
  }) as [string, string, string];
  return { output, key, value };
}
