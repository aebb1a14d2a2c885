import type { Binding, BlockCopy, DeviceTensor, DeviceView, RunRequest, Runtime, Session } from '../../src/runtime/port.ts';
import { type DType, elementCount, type HostTensor, type TensorData } from '../../src/tensor/tensor.ts';

class FakeTensor implements DeviceTensor {
  readonly dtype: DType = 'float32';
  readonly dims: readonly number[];
  readonly data: Float32Array;
  /** 1 for each element that was ever written: memory that is committed at first use is there. */
  readonly written: Uint8Array;
  isDisposed = false;
  readonly #onCopy: (elements: number) => void;

  constructor(dims: readonly number[], onCopy: (elements: number) => void) {
    this.dims = dims;
    this.#onCopy = onCopy;
    this.data = new Float32Array(elementCount(dims));
    this.written = new Uint8Array(this.data.length);
  }

  get byteLength(): number {
    return this.data.byteLength;
  }

  view(offsetElements: number, dims: readonly number[]): DeviceView {
    return { tensor: this, offsetElements, dims };
  }

  async copyTo(target: DeviceTensor, plan: BlockCopy): Promise<void> {
    this.#onCopy(plan.count * plan.blockElements);
    for (let block = 0; block < plan.count; block += 1) {
      const from = plan.sourceOffset + block * plan.sourceStride;
      (target as FakeTensor).write(plan.targetOffset + block * plan.targetStride, this.data.subarray(from, from + plan.blockElements));
    }
  }

  write(offset: number, values: Float32Array): void {
    this.data.set(values, offset);
    this.written.fill(1, offset, offset + values.length);
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
  /** `wanted`: positions whose logits were asked for. */
  readonly runs: { readonly rows: number; readonly tokens: number; readonly past: readonly number[]; readonly wanted: number }[];
  readonly tensors: FakeTensor[];
  /** Most bytes that were allocated at once. */
  peakBytes: number;
  /** Tokens whose keys and values were copied; half of one is its keys alone. */
  copiedTokens: number;
  /** How often the weights' memory was given back. */
  returns: number;
  /** Each run waits for this first. */
  beforeRun: (request: RunRequest) => Promise<void>;
}

/**
 * Embeddings are [B, S, 1] and hold the id; logits are [B, P, V] with the answer, a hash of all ids of the row so far, at its best place.
 * Reads and writes go through the bound views, so wrong rows, lengths or capacities change the answer. `onDevice`: the form whose tensors are bound
 * from their start only, and which reads and chooses tokens in its own memory.
 */
export function makeFakeDecoder(vocabulary: number, { onDevice = false }: { readonly onDevice?: boolean } = {}): FakeDecoder {
  const tensors: FakeTensor[] = [];
  const runs: FakeDecoder['runs'] = [];
  const fake: FakeDecoder = {
    tensors,
    runs,
    peakBytes: 0,
    copiedTokens: 0,
    returns: 0,
    beforeRun: async () => {},
    runtime: {
      info: { adapter: 'ffi', executionProvider: 'fake', version: '0', threads: 1, views: onDevice ? 'start' : 'anywhere', reasons: [] },
      openSession: async () => (onDevice ? gatherSession : Promise.reject(new Error('not in this fake'))),
      allocate: async (_dtype, dims) => {
        const tensor = new FakeTensor(dims, (elements) => {
          fake.copiedTokens += elements / 2;
        });
        tensors.push(tensor);
        const live = tensors.filter(({ isDisposed }) => !isDisposed).reduce((sum, { byteLength }) => sum + byteLength, 0);
        fake.peakBytes = Math.max(fake.peakBytes, live);
        return tensor;
      },
      dispose: async () => {},
    },
    session: {
      inputs: onDevice ? [{ name: 'token_ids', dtype: 'int32', dims: [-1, -1] }] : [],
      outputs: onDevice ? [{ name: 'best', dtype: 'float32', dims: [-1, -1, 3] }] : [],
      returnWeightPages: async () => {
        fake.returns += 1;
      },
      dispose: async () => {},
      run: async (request) => {
        if (onDevice) checkStarts(request);
        await fake.beforeRun(request);
        request.signal?.throwIfAborted();
        runGraph(request, vocabulary, runs);
      },
    },
  };
  return fake;
}

function runGraph(request: RunRequest, vocabulary: number, runs: FakeDecoder['runs']): void {
  const given = request.inputs.inputs_embeds as Binding;
  const embeddings = { dims: given.dims, data: numbers(given) };
  const lengths = host(request.inputs.seqlens_k).data as Int32Array;
  const wanted = [...numbers(request.inputs.logit_positions).subarray(0, request.inputs.logit_positions?.dims[0])];
  const logits = numbers(request.outputs.logits);
  const ids = request.inputs.token_ids && numbers(request.inputs.token_ids);
  const cache = request.inputs['past_key.0'] as DeviceView;
  const [batch = 0, , capacity = 0] = cache.dims;
  const [, tokens = 0] = embeddings.dims;
  const keys = cache.tensor as FakeTensor;
  runs.push({ rows: batch, tokens, past: Array.from(lengths, (last) => last + 1 - tokens), wanted: wanted.length });
  logits.fill(0);
  for (let row = 0; row < batch; row += 1) {
    const last = lengths[row] as number;
    if (last >= capacity) throw new Error(`row ${row}: position ${last} is beyond the capacity of ${capacity}`);
    const start = cache.offsetElements + row * capacity;
    const read = Float32Array.from({ length: tokens }, (_, token) => {
      const at = row * tokens + token;
      return (embeddings.data[at] as number) + idAt(ids, at, vocabulary);
    });
    keys.write(start + last - tokens + 1, read);
    for (const [place, position] of wanted.entries()) {
      const end = start + last - tokens + 2 + position;
      const next = answer(keys.data.subarray(start, end), vocabulary);
      const at = row * wanted.length + place;
      logits[at * vocabulary + next] = 1;
      if (!request.outputs.best || !request.outputs.best_token) continue;
      numbers(request.outputs.best_token)[at] = next;
      numbers(request.outputs.best).set([next, 1, vocabulary / Math.E], 3 * at);
    }
  }
}

/** The embedding of a token in the graph: its id, and nothing for the one behind the vocabulary. */
function idAt(ids: TensorData | undefined, at: number, vocabulary: number): number {
  const id = Number(ids?.[at] ?? vocabulary);
  return id === vocabulary ? 0 : id;
}

/** What the small graphs of the device form do: put their inputs one behind the other. */
const gatherSession: Session = {
  inputs: [],
  outputs: [],
  returnWeightPages: async () => {},
  dispose: async () => {},
  run: async ({ inputs, outputs }) => {
    const [output] = Object.values(outputs);
    for (const [place, input] of Object.values(inputs).entries()) numbers(output).set(numbers(input), 3 * place);
  },
};

function checkStarts({ inputs, outputs }: RunRequest): void {
  for (const [name, binding] of Object.entries({ ...inputs, ...outputs })) {
    if ('tensor' in binding && binding.offsetElements !== 0) throw new Error(`${name} is bound from inside its tensor`);
  }
}

function numbers(binding: Binding | undefined): Float32Array {
  if (binding && 'tensor' in binding) return (binding.tensor as FakeTensor).data;
  return host(binding).data as Float32Array;
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
