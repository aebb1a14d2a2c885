import { BrokenNumbersError } from '../runtime/device-error.ts';
import { encodeOnnx } from '../runtime/onnx-bytes.ts';
import type { DeviceTensor, DeviceView, Runtime, Session } from '../runtime/port.ts';
import type { DType, HostTensor } from '../tensor/tensor.ts';

/** The best next token, and what a log-probability needs: `logit - logSumExp`. */
export interface BestToken {
  readonly token: number;
  readonly logit: number;
  readonly logSumExp: number;
}

interface Place {
  readonly token: DeviceTensor;
  readonly best: DeviceTensor;
}

/** Values a token has in the graph's output `best`. */
export const valuesPerToken = 3;

/** Runs whose results can wait on the device to be read together. */
export const maxWaiting = 16;

/**
 * Where runs leave the tokens they choose, in runtime memory: the next run reads a token there, and the host reads all of them at once. Reading waits for
 * every run before it, so one reading for many runs keeps a device busy.
 */
export class BestTokens {
  readonly #runtime: Runtime;
  #places: readonly Place[] = [];
  #constants: readonly DeviceTensor[] = [];
  #gather: Session | undefined;
  readonly #hiddenSize: number;

  constructor(runtime: Runtime, hiddenSize: number) {
    this.#runtime = runtime;
    this.#hiddenSize = hiddenSize;
  }

  /** Takes memory and opens the graph that reads; to be called before the others, which are then synchronous. */
  async prepare(): Promise<void> {
    if (this.#gather !== undefined) return;
    const places: Place[] = [];
    for (let i = 0; i < maxWaiting; i += 1) {
      places.push({
        token: await this.#runtime.allocate('int32', [1, 1]),
        best: await this.#runtime.allocate('float32', [1, 1, valuesPerToken]),
      });
    }
    this.#places = places;
    this.#constants = [
      await this.#constant({ dtype: 'float32', dims: [1, 1, this.#hiddenSize], data: new Float32Array(this.#hiddenSize) }),
      await this.#constant({ dtype: 'int32', dims: [1], data: Int32Array.of(0) }),
    ];
    this.#gather = await this.#runtime.openSession(gatherGraph());
  }

  /** An embedding of zeros, [1, 1, hiddenSize]: what a run reads beside a token that is chosen on the device. Not sent anew for each run. */
  get noEmbedding(): DeviceView {
    return (this.#constants[0] as DeviceTensor).view(0, [1, 1, this.#hiddenSize]);
  }

  /** The position 0, [1]: the only one of a single token. */
  get firstPosition(): DeviceView {
    return (this.#constants[1] as DeviceTensor).view(0, [1]);
  }

  /** Where the run number `place` leaves its token, and the next one finds it: [1, 1]. */
  token(place: number): DeviceView {
    return (this.#places[place] as Place).token.view(0, [1, 1]);
  }

  /** Where it leaves what the host reads: [1, 1, 3]. */
  best(place: number): DeviceView {
    return (this.#places[place] as Place).best.view(0, [1, 1, valuesPerToken]);
  }

  /** The results of the first `count` runs; waits until they are there. @throws VisionError SESSION_FAILED when a number is not finite */
  async read(count: number, signal: AbortSignal): Promise<readonly BestToken[]> {
    const data = new Float32Array(maxWaiting * valuesPerToken);
    const inputs = Object.fromEntries(Array.from({ length: maxWaiting }, (_, i) => [`best.${i}`, this.best(i < count ? i : 0)]));
    const all = { dtype: 'float32', dims: [1, maxWaiting, valuesPerToken], data } as const;
    await (this.#gather as Session).run({ inputs, outputs: { all }, signal });
    return Array.from({ length: count }, (_, i) => bestTokenOf(data.subarray(i * valuesPerToken)));
  }

  async #constant(value: HostTensor): Promise<DeviceTensor> {
    const tensor = await this.#runtime.allocate(value.dtype, value.dims);
    const session = await this.#runtime.openSession(copyGraph(value.dtype, value.dims));
    await session.run({ inputs: { x: value }, outputs: { y: tensor.view(0, value.dims) } });
    await session.dispose();
    return tensor;
  }

  async dispose(): Promise<void> {
    for (const { token, best } of this.#places) {
      token.dispose();
      best.dispose();
    }
    for (const constant of this.#constants) constant.dispose();
    this.#places = [];
    this.#constants = [];
    await this.#gather?.dispose();
    this.#gather = undefined;
  }
}

/** The numbers of the graph's output `best`. @throws VisionError SESSION_FAILED when they are not finite */
export function bestTokenOf(values: Float32Array): BestToken {
  const [token, logit, sum] = values as unknown as [number, number, number];
  if (Number.isFinite(logit) && Number.isFinite(sum)) return { token, logit, logSumExp: logit + Math.log(sum) };
  throw new BrokenNumbersError(`The model computed ${logit} for its best token: its numbers broke down.`, {
    hint: 'Use another precision or device, or check the model files.',
  });
}

function gatherGraph(): Uint8Array {
  const names = Array.from({ length: maxWaiting }, (_, i) => `best.${i}`);
  return encodeOnnx({
    nodes: [{ operator: 'Concat', inputs: names, outputs: ['all'], attributes: { axis: { int: 1 } } }],
    inputs: names.map((name) => ({ name, dtype: 'float32', dims: [1, 1, valuesPerToken] })),
    outputs: [{ name: 'all', dtype: 'float32', dims: [1, maxWaiting, valuesPerToken] }],
  });
}

function copyGraph(dtype: DType, dims: readonly number[]): Uint8Array {
  return encodeOnnx({
    nodes: [{ operator: 'Identity', inputs: ['x'], outputs: ['y'] }],
    inputs: [{ name: 'x', dtype, dims }],
    outputs: [{ name: 'y', dtype, dims }],
  });
}
