import type { Binding, BlockCopy, DeviceTensor, DeviceView, RunRequest, Runtime, Session } from '../../src/runtime/port.ts';
import { type DType, elementCount, type HostTensor } from '../../src/tensor/tensor.ts';

class FakeTensor implements DeviceTensor {
  readonly dtype: DType = 'float32';
  readonly dims: readonly number[];
  readonly data: Float32Array;
  isDisposed = false;

  constructor(dims: readonly number[]) {
    this.dims = dims;
    this.data = new Float32Array(elementCount(dims));
  }

  get byteLength(): number {
    return this.data.byteLength;
  }

  view(offsetElements: number, dims: readonly number[]): DeviceView {
    return { tensor: this, offsetElements, dims };
  }

  async copyTo(target: DeviceTensor, plan: BlockCopy): Promise<void> {
    for (let block = 0; block < plan.count; block += 1) {
      const from = plan.sourceOffset + block * plan.sourceStride;
      (target as FakeTensor).data.set(this.data.subarray(from, from + plan.blockElements), plan.targetOffset + block * plan.targetStride);
    }
  }

  dispose(): void {
    this.isDisposed = true;
    this.data.fill(Number.NaN); // whoever still reads it is found out
  }
}

/** A decoder graph small enough to check by eye, over 1 layer with 1 head of size 1: the cache holds the token ids themselves. */
export interface FakeDecoder {
  readonly runtime: Runtime;
  readonly session: Session;
  /** Rows and tokens of every run. */
  readonly runs: { readonly rows: number; readonly tokens: number; readonly past: readonly number[] }[];
  readonly tensors: FakeTensor[];
  /** Most bytes that were allocated at once. */
  peakBytes: number;
  /** Each run waits for this first. */
  beforeRun: (request: RunRequest) => Promise<void>;
}

/**
 * Embeddings are [B, S, 1] and hold the id; logits are [B, P, V] with the answer, a hash of all ids of the row so far, at its best place.
 * Reads and writes go through the bound views, so wrong rows, lengths or capacities change the answer.
 */
export function makeFakeDecoder(vocabulary: number): FakeDecoder {
  const tensors: FakeTensor[] = [];
  const runs: FakeDecoder['runs'] = [];
  const fake: FakeDecoder = {
    tensors,
    runs,
    peakBytes: 0,
    beforeRun: async () => {},
    runtime: {
      info: { adapter: 'ffi', executionProvider: 'fake', version: '0', threads: 1, reasons: [] },
      openSession: () => Promise.reject(new Error('not in this fake')),
      allocate: async (_dtype, dims) => {
        const tensor = new FakeTensor(dims);
        tensors.push(tensor);
        const live = tensors.filter(({ isDisposed }) => !isDisposed).reduce((sum, { byteLength }) => sum + byteLength, 0);
        fake.peakBytes = Math.max(fake.peakBytes, live);
        return tensor;
      },
      dispose: async () => {},
    },
    session: {
      inputs: [],
      outputs: [],
      dispose: async () => {},
      run: async (request) => {
        await fake.beforeRun(request);
        request.signal?.throwIfAborted();
        runGraph(request, vocabulary, runs);
      },
    },
  };
  return fake;
}

function runGraph(request: RunRequest, vocabulary: number, runs: FakeDecoder['runs']): void {
  const embeddings = host(request.inputs.inputs_embeds);
  const lengths = host(request.inputs.seqlens_k).data as Int32Array;
  const wanted = host(request.inputs.logit_positions).data as Int32Array;
  const logits = host(request.outputs.logits).data as Float32Array;
  const cache = request.inputs['past_key.0'] as DeviceView;
  const [batch = 0, , capacity = 0] = cache.dims;
  const [, tokens = 0] = embeddings.dims;
  const memory = (cache.tensor as FakeTensor).data;
  runs.push({ rows: batch, tokens, past: Array.from(lengths, (last) => last + 1 - tokens) });
  logits.fill(0);
  for (let row = 0; row < batch; row += 1) {
    const last = lengths[row] as number;
    if (last >= capacity) throw new Error(`row ${row}: position ${last} is beyond the capacity of ${capacity}`);
    const start = cache.offsetElements + row * capacity;
    for (let token = 0; token < tokens; token += 1)
      memory[start + last - tokens + 1 + token] = embeddings.data[row * tokens + token] as number;
    for (const [place, position] of wanted.entries()) {
      const end = start + last - tokens + 2 + position;
      logits[(row * wanted.length + place) * vocabulary + answer(memory.subarray(start, end), vocabulary)] = 1;
    }
  }
}

/** The next token after these: any deterministic function of all of them. */
export function answer(ids: ArrayLike<number>, vocabulary: number): number {
  let hash = 17;
  for (let i = 0; i < ids.length; i += 1) hash = (Math.imul(hash, 31) + (ids[i] as number)) | 0;
  return Math.abs(hash) % vocabulary;
}

function host(binding: Binding | undefined): HostTensor {
  if (!binding || !('data' in binding)) throw new Error('expected a host tensor');
  return binding;
}
