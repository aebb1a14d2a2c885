import type { HostTensor } from '../tensor/tensor.ts';
import type { OnnxNode } from './onnx-bytes.ts';

/** One kind of kernel with numbers to try it on. Float32 inputs are cast to the type that is tried; the result is called `y`. */
export interface KernelCase {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly inputs: Readonly<Record<string, HostTensor>>;
  readonly outputDims: readonly number[];
  /** Largest error, as a part of the largest value. */
  readonly tolerance: { readonly float32: number; readonly float16: number };
  /** Fused attention over several positions: what a device may get wrong and still be used, with attention written out. */
  readonly isPromptAttention: boolean;
}

// Rounding alone gives 1e-6 in float32 and up to 1.4e-2 in float16 (docs/performance.md); broken kernels were off by 0.01 to 1.
const exactTolerance = { float32: 1e-4, float16: 2.5e-2 };
// Products in blocks round their inputs to 8 bits, in both types.
const blockTolerance = { float32: 2.5e-2, float16: 2.5e-2 };

const microsoft = 'com.microsoft';
const heads = 4;
const keyValueHeads = 2;
const headSize = 96;
const cacheTokens = 64;

let cases: readonly KernelCase[] | undefined;

/** Every kind of kernel the graphs consist of, with the same numbers at each call. */
export function checkCases(): readonly KernelCase[] {
  cases ??= makeCases();
  return cases;
}

function makeCases(): readonly KernelCase[] {
  const random = randomNumbers();
  return [
    ...[1, 16, 40].flatMap((rows) => projectionCases(random, rows)),
    normCase(random),
    softmaxCase(random),
    cachedAttentionCase(random, 1, 20),
    cachedAttentionCase(random, 40, 0),
    cachedAttentionCase(random, 4, 20),
    selfAttentionCase(random),
  ];
}

type Random = (count: number) => Float32Array;

interface Size {
  readonly depth: number;
  readonly columns: number;
}

const smallSize: Size = { depth: 128, columns: 64 };

/** Every kind of linear layer with so many rows: plain, in 4 and in 8 bits, and in the groups that the provider fuses. */
export function projectionCases(random: Random = randomNumbers(), rows = 1, size: Size = smallSize): readonly KernelCase[] {
  return [
    productCase(random, rows, size),
    ...([4, 8] as const).flatMap((bits) => [
      blockCase(random, rows, bits, size),
      fusedCase(random, rows, bits, size, 'gate and up'),
      fusedCase(random, rows, bits, size, 'q, k and v'),
    ]),
  ];
}

function floats(dims: readonly number[], data: Float32Array): HostTensor {
  return { dtype: 'float32', dims, data };
}

function productCase(random: Random, rows: number, { depth, columns }: Size): KernelCase {
  return {
    name: `product of ${rows} ${rows === 1 ? 'row' : 'rows'}`,
    nodes: [{ operator: 'MatMul', inputs: ['a', 'b'], outputs: ['y'] }],
    inputs: { a: floats([1, rows, depth], random(rows * depth)), b: floats([depth, columns], random(depth * columns)) },
    outputDims: [1, rows, columns],
    tolerance: exactTolerance,
    isPromptAttention: false,
  };
}

const block = 32;

/** Weights in blocks for the operator `MatMulNBits`, under the names `b` and `scales` with a suffix. */
function blockWeights(random: Random, bits: 4 | 8, { depth, columns }: Size, suffix = ''): Record<string, HostTensor> {
  const blocks = depth / block;
  const bytes = Uint8Array.from(random((columns * depth * bits) / 8), (value) => 128 + Math.round(value * 40));
  const scales = random(columns * blocks).map((value) => (0.02 * (1.5 + Math.abs(value))) / Math.sqrt(depth / 128));
  return {
    [`b${suffix}`]: { dtype: 'uint8', dims: [columns, blocks, (block * bits) / 8], data: bytes },
    [`scales${suffix}`]: floats([columns, blocks], scales),
  };
}

function blockNode(input: string, output: string, bits: 4 | 8, { depth, columns }: Size, suffix = ''): OnnxNode {
  return {
    operator: 'MatMulNBits',
    domain: microsoft,
    inputs: [input, `b${suffix}`, `scales${suffix}`],
    outputs: [output],
    attributes: { K: { int: depth }, N: { int: columns }, bits: { int: bits }, block_size: { int: block }, accuracy_level: { int: 4 } },
  };
}

function blockCase(random: Random, rows: number, bits: 4 | 8, size: Size): KernelCase {
  return {
    name: `product in ${bits} bits of ${rows} ${rows === 1 ? 'row' : 'rows'}`,
    nodes: [blockNode('a', 'y', bits, size)],
    inputs: { a: floats([1, rows, size.depth], random(rows * size.depth)), ...blockWeights(random, bits, size) },
    outputDims: [1, rows, size.columns],
    tolerance: blockTolerance,
    isPromptAttention: false,
  };
}

/** What stands behind a norm, as the decoder has it: the provider makes one kernel of it. */
function fusedCase(random: Random, rows: number, bits: 4 | 8, size: Size, kind: 'gate and up' | 'q, k and v'): KernelCase {
  const isMlp = kind === 'gate and up';
  const parts = isMlp ? ['.gate', '.up'] : ['.q', '.k', '.v'];
  const end: readonly OnnxNode[] = isMlp
    ? [
        { operator: 'Sigmoid', inputs: ['y.gate'], outputs: ['sigmoid'] },
        { operator: 'Mul', inputs: ['y.gate', 'sigmoid'], outputs: ['silu'] },
        { operator: 'Mul', inputs: ['silu', 'y.up'], outputs: ['y'] },
      ]
    : [{ operator: 'Concat', inputs: ['y.q', 'y.k', 'y.v'], outputs: ['y'], attributes: { axis: { int: 2 } } }];
  const { depth, columns } = size;
  return {
    name: `${kind} in ${bits} bits of ${rows} ${rows === 1 ? 'row' : 'rows'}`,
    nodes: [
      {
        operator: 'SimplifiedLayerNormalization',
        inputs: ['a', 'gamma'],
        outputs: ['norm'],
        attributes: { axis: { int: 2 }, epsilon: { float: 1e-5 } },
      },
      ...parts.map((part) => blockNode('norm', `y${part}`, bits, size, part)),
      ...end,
    ],
    inputs: {
      a: floats([1, rows, depth], random(rows * depth)),
      gamma: floats([depth], random(depth)),
      ...Object.assign({}, ...parts.map((part) => blockWeights(random, bits, size, part))),
    },
    outputDims: [1, rows, isMlp ? columns : 3 * columns],
    tolerance: blockTolerance,
    isPromptAttention: false,
  };
}

/** With values as large as the residual of the 0.8B has: their squares leave float16. */
function normCase(random: Random): KernelCase {
  const [rows, size] = [5, 256];
  const large = random(rows * size).map((value, index) => (index % size === 7 ? 2400 : value));
  return {
    name: 'norm of large values',
    nodes: [
      {
        operator: 'SkipSimplifiedLayerNormalization',
        domain: microsoft,
        inputs: ['x', 'skip', 'gamma'],
        outputs: ['y'],
        attributes: { epsilon: { float: 1e-5 } },
      },
    ],
    inputs: {
      x: floats([1, rows, size], large),
      skip: floats([1, rows, size], random(rows * size)),
      gamma: floats([size], random(size)),
    },
    outputDims: [1, rows, size],
    tolerance: exactTolerance,
    isPromptAttention: false,
  };
}

function softmaxCase(random: Random): KernelCase {
  return {
    name: 'softmax',
    nodes: [{ operator: 'Softmax', inputs: ['x'], outputs: ['y'], attributes: { axis: { int: 2 } } }],
    inputs: {
      x: floats(
        [2, 7, 300],
        random(2 * 7 * 300).map((value) => 4 * value),
      ),
    },
    outputDims: [2, 7, 300],
    tolerance: exactTolerance,
    isPromptAttention: false,
  };
}

/** Attention of `count` new positions over a cache that holds `past`, rotary embedding included. */
function cachedAttentionCase(random: Random, count: number, past: number): KernelCase {
  const cache = [1, keyValueHeads, cacheTokens, headSize];
  const cacheCount = keyValueHeads * cacheTokens * headSize;
  const angle = (index: number): number => Math.floor(index / (headSize / 2)) / 1e4 ** ((2 * (index % (headSize / 2))) / headSize);
  const table = (of: (angle: number) => number): HostTensor =>
    floats(
      [cacheTokens, headSize / 2],
      Float32Array.from({ length: (cacheTokens * headSize) / 2 }, (_, index) => of(angle(index))),
    );
  return {
    name: `attention of ${count} after ${past}`,
    nodes: [
      {
        operator: 'GroupQueryAttention',
        domain: microsoft,
        inputs: ['q', 'k', 'v', 'keys', 'values', 'lengths', 'total', 'cos', 'sin'],
        outputs: ['y', 'new keys', 'new values'],
        attributes: { num_heads: { int: heads }, kv_num_heads: { int: keyValueHeads }, do_rotary: { int: 1 } },
      },
    ],
    inputs: {
      q: floats([1, count, heads * headSize], random(count * heads * headSize)),
      k: floats([1, count, keyValueHeads * headSize], random(count * keyValueHeads * headSize)),
      v: floats([1, count, keyValueHeads * headSize], random(count * keyValueHeads * headSize)),
      keys: floats(cache, random(cacheCount)),
      values: floats(cache, random(cacheCount)),
      lengths: { dtype: 'int32', dims: [1], data: Int32Array.of(past + count - 1) },
      total: { dtype: 'int32', dims: [], data: Int32Array.of(past + count) },
      cos: table(Math.cos),
      sin: table(Math.sin),
    },
    outputDims: [1, count, heads * headSize],
    tolerance: exactTolerance,
    isPromptAttention: count > 1,
  };
}

function selfAttentionCase(random: Random): KernelCase {
  const [count, size] = [65, 128];
  const side = (): HostTensor => floats([1, count, size], random(count * size));
  return {
    name: 'attention inside a tile',
    nodes: [
      {
        operator: 'MultiHeadAttention',
        domain: microsoft,
        inputs: ['q', 'k', 'v', 'bias'],
        outputs: ['y'],
        attributes: { num_heads: { int: 2 } },
      },
    ],
    inputs: { q: side(), k: side(), v: side(), bias: floats([3 * size], random(3 * size)) },
    outputDims: [1, count, size],
    tolerance: exactTolerance,
    isPromptAttention: true,
  };
}

/** The same numbers at every call of this file, roughly normal. */
function randomNumbers(): Random {
  let state = 20_251;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
  return (count) => Float32Array.from({ length: count }, () => (next() + next() + next() - 1.5) * 2);
}
