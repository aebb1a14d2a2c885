import { onAbort, VisionError } from '@h2ovl/contract';
import { bytesPerElement } from '../../tensor/tensor.ts';
import { checkBindings, isDeviceView } from '../check-bindings.ts';
import type { Binding, RunRequest, Session, ValueInfo } from '../port.ts';
import type { FfiDevice } from './ffi-device.ts';
import type { FfiEnvironment } from './ffi-environment.ts';
import { foreignTensor, isNativeTensor } from './ffi-tensor.ts';
import { callNative } from './native-calls.ts';
import type { Pointer } from './ort-api.ts';
import { checkStatus, readCell, type StatusContext } from './ort-status.ts';
import { createOrtValue } from './ort-value.ts';
import type { SessionSignature } from './session-signature.ts';
import type { WeightPages } from './weight-pages.ts';

const fatalLogLevel = 4; // what goes wrong comes back as a status; printing it too is not ours to do

/** One opened graph over the C API. */
export class FfiSession implements Session {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly #environment: FfiEnvironment;
  readonly #pointer: Pointer;
  readonly #label: string;
  readonly #inputNames: NameList;
  readonly #outputNames: NameList;
  readonly #device: FfiDevice;
  readonly #onRelease: (session: FfiSession) => void;
  readonly #weightPages: WeightPages | undefined;
  /** What release waits for. */
  readonly #runs = new Set<Promise<void>>();
  #disposal: Promise<void> | undefined;

  constructor(
    environment: FfiEnvironment,
    native: {
      readonly pointer: Pointer;
      readonly label: string;
      readonly signature: SessionSignature;
      readonly device: FfiDevice;
      /** @default none */
      readonly weightPages?: WeightPages | undefined;
    },
    onRelease: (session: FfiSession) => void,
  ) {
    this.#environment = environment;
    this.#pointer = native.pointer;
    this.#label = native.label;
    this.#device = native.device;
    this.#weightPages = native.weightPages;
    this.inputs = native.signature.inputs;
    this.outputs = native.signature.outputs;
    this.#inputNames = listNames(environment, this.inputs);
    this.#outputNames = listNames(environment, this.outputs);
    this.#onRelease = onRelease;
  }

  async run(request: RunRequest): Promise<void> {
    if (this.#disposal !== undefined) {
      throw new VisionError('DISPOSED', `The session of ${this.#label} was disposed.`, { hint: 'Open it again.' });
    }
    request.signal?.throwIfAborted();
    checkBindings(this.inputs, this.outputs, request);
    await this.#track(this.#runWhenFree(request));
  }

  async returnWeightPages(): Promise<void> {
    if (this.#disposal !== undefined || this.#weightPages === undefined) return;
    await this.#track(this.#weightPages.giveBack());
  }

  async #track(run: Promise<void>): Promise<void> {
    this.#runs.add(run);
    try {
      await run;
    } finally {
      this.#runs.delete(run);
    }
  }

  dispose(): Promise<void> {
    this.#disposal ??= this.#release();
    return this.#disposal;
  }

  async #runWhenFree(request: RunRequest): Promise<void> {
    const leave = await this.#device.enter(request.signal);
    const bound = new BoundValues(this.#environment);
    try {
      await this.#runNow(request, bound);
    } finally {
      bound.giveBack();
      leave();
    }
  }

  async #runNow({ inputs, outputs, signal }: RunRequest, bound: BoundValues): Promise<void> {
    const { api } = this.#environment;
    const context: StatusContext = { action: `A run of ${this.#label} failed` };
    const inputValues = bound.bind(this.inputs, inputs);
    const outputValues = bound.bind(this.outputs, outputs);
    // The terminate flag lives in the run options, so each run has its own.
    const runOptions = readCell(api, context, (cell) => api.CreateRunOptions(cell));
    const terminate = (): void => checkStatus(api, api.RunOptionsSetTerminate(runOptions), context);
    let unfollow: (() => void) | undefined;
    try {
      checkStatus(api, api.RunOptionsSetRunLogSeverityLevel(runOptions, fatalLogLevel), context);
      signal?.throwIfAborted();
      unfollow = signal && onAbort(signal, terminate);
      const { addresses: inputNames, count: inputCount } = this.#inputNames;
      const { addresses: outputNames, count: outputCount } = this.#outputNames;
      const args = [this.#pointer, runOptions, inputNames, inputValues, inputCount, outputNames, outputCount, outputValues];
      const status = await callNative(api.Run, args, { pins: [this, bound, inputs, outputs, inputValues, outputValues], terminate });
      this.#checkRun(status, signal, context);
    } finally {
      unfollow?.();
      api.ReleaseRunOptions(runOptions);
    }
  }

  /** An aborted run rejects with the caller's reason, also when it came to its end before the flag was seen. */
  #checkRun(status: Pointer | null, signal: AbortSignal | undefined, context: StatusContext): void {
    if (signal?.aborted) {
      if (status !== null) this.#environment.api.ReleaseStatus(status);
      throw signal.reason;
    }
    checkStatus(this.#environment.api, status, context);
  }

  async #release(): Promise<void> {
    await Promise.allSettled(this.#runs);
    const { api } = this.#environment;
    // Unmapping a gigabyte of weights takes long enough to be felt, so this too happens on the pool.
    const leave = await this.#device.enter();
    try {
      await callNative(api.ReleaseSession, [this.#pointer], { pins: [this], terminate: () => {} });
      await this.#environment.returnMemory();
    } finally {
      leave();
      this.#onRelease(this);
    }
  }
}

/** Names as a C array of C strings; `texts` is what the addresses point at. */
interface NameList {
  readonly addresses: BigUint64Array;
  readonly count: number;
  readonly texts: readonly Buffer[];
}

function listNames({ addressOf }: FfiEnvironment, values: readonly ValueInfo[]): NameList {
  const texts = values.map(({ name }) => Buffer.from(`${name}\0`));
  return { addresses: BigUint64Array.from(texts, (text) => addressOf(text)), count: texts.length, texts };
}

/** The native values of one run: made for values in JavaScript memory, borrowed from runtime memory. */
class BoundValues {
  readonly #environment: FfiEnvironment;
  readonly #giveBacks: (() => void)[] = [];
  readonly #pins: unknown[] = [];

  constructor(environment: FfiEnvironment) {
    this.#environment = environment;
  }

  bind(expected: readonly ValueInfo[], bindings: Readonly<Record<string, Binding>>): BigUint64Array {
    // checkBindings has seen that every name is there.
    return BigUint64Array.from(expected, ({ name }) => this.#bindOne(bindings[name] as Binding));
  }

  giveBack(): void {
    for (const giveBack of this.#giveBacks.splice(0)) giveBack();
    this.#pins.length = 0;
  }

  #bindOne(binding: Binding): Pointer {
    const { api, memoryInfo } = this.#environment;
    if (isDeviceView(binding)) {
      if (!isNativeTensor(binding.tensor)) throw foreignTensor();
      const { pointer, giveBack } = binding.tensor.borrowValue(binding.offsetElements, binding.dims);
      this.#giveBacks.push(giveBack);
      return pointer;
    }
    const { dtype, dims, data } = binding;
    const pointer = createOrtValue(api, memoryInfo, dtype, dims, data, data.length * bytesPerElement[dtype]);
    this.#pins.push(data); // a caller may change its binding object during the run; the memory itself stays
    this.#giveBacks.push(() => api.ReleaseValue(pointer));
    return pointer;
  }
}
