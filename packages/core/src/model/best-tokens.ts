import { VisionError } from '@h2ovl/contract';
import { encodeOnnx } from '../runtime/onnx-bytes.ts';
import type { DeviceTensor, DeviceView, Runtime, Session } from '../runtime/port.ts';

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
  #gather: Session | undefined;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
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
    this.#gather = await this.#runtime.openSession(gatherGraph());
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

  async dispose(): Promise<void> {
    for (const { token, best } of this.#places) {
      token.dispose();
      best.dispose();
    }
    this.#places = [];
    await this.#gather?.dispose();
    this.#gather = undefined;
  }
}

/** The numbers of the graph's output `best`. @throws VisionError SESSION_FAILED when they are not finite */
export function bestTokenOf(values: Float32Array): BestToken {
  const [token, logit, sum] = values as unknown as [number, number, number];
  if (Number.isFinite(logit) && Number.isFinite(sum)) return { token, logit, logSumExp: logit + Math.log(sum) };
  throw new VisionError('SESSION_FAILED', `The model computed ${logit} for its best token: its numbers broke down.`, {
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
