import path from 'node:path';
import { VisionError } from '@h2ovl/contract';
import type { DType } from '../../tensor/tensor.ts';
import type { DeviceTensor, Runtime, RuntimeInfo, Session, SessionOptions } from '../port.ts';
import { sessionConfig } from '../session-config.ts';
import { CpuDevice, type FfiDevice } from './ffi-device.ts';
import { type FfiEnvironment, openFfiEnvironment } from './ffi-environment.ts';
import { FfiSession } from './ffi-session.ts';
import type { NativeTensor } from './ffi-tensor.ts';
import { callNative } from './native-calls.ts';
import { outCell, type Pointer } from './ort-api.ts';
import { checkStatus, readCell, type StatusContext } from './ort-status.ts';
import { readSignature } from './session-signature.ts';
import { type WeightPages, watchMappings } from './weight-pages.ts';

// GraphOptimizationLevel: a graph that is saved stops at `extended`, since the level above ties its layout to this machine alone.
const optimizationLevels = { none: 0, extended: 2, all: 99 } as const;

export interface FfiRuntimeOptions {
  /** Threads inside one operator, for sessions that do not say. */
  readonly threads: number;
  readonly reasons: readonly string[];
  /** Where it computes. @default the CPU */
  readonly openDevice?: (environment: FfiEnvironment) => Promise<FfiDevice>;
}

/** Opens ONNX Runtime's own C API in this process. @throws VisionError RUNTIME_UNAVAILABLE */
export async function openFfiRuntime(options: FfiRuntimeOptions): Promise<Runtime> {
  const environment = await openFfiEnvironment();
  const device = options.openDevice === undefined ? new CpuDevice(environment) : await options.openDevice(environment);
  return new FfiRuntime(environment, device, options);
}

class FfiRuntime implements Runtime {
  readonly info: RuntimeInfo;
  readonly #environment: FfiEnvironment;
  readonly #device: FfiDevice;
  readonly #sessions = new Set<FfiSession>();
  readonly #tensors = new Set<NativeTensor>();
  readonly #openings = new Set<Promise<FfiSession>>();
  #disposal: Promise<void> | undefined;

  constructor(environment: FfiEnvironment, device: FfiDevice, { threads, reasons }: FfiRuntimeOptions) {
    this.#environment = environment;
    this.#device = device;
    const { executionProvider, views } = device;
    this.info = { adapter: 'ffi', executionProvider, version: environment.version, threads, views, reasons };
  }

  async openSession(model: string | Uint8Array, options: SessionOptions = {}): Promise<Session> {
    this.#assertOpen();
    const opening = this.#openNative(model, { threads: this.info.threads, ...options });
    this.#openings.add(opening);
    try {
      return await opening;
    } finally {
      this.#openings.delete(opening);
    }
  }

  async allocate(dtype: DType, dims: readonly number[]): Promise<DeviceTensor> {
    this.#assertOpen();
    const tensor = await this.#device.allocate(dtype, dims, (released) => this.#tensors.delete(released));
    this.#tensors.add(tensor);
    return tensor;
  }

  dispose(): Promise<void> {
    this.#disposal ??= this.#release();
    return this.#disposal;
  }

  async #openNative(model: string | Uint8Array, options: SessionOptions): Promise<FfiSession> {
    const { api, env } = this.#environment;
    const label = typeof model === 'string' ? `the graph ${path.basename(model)}` : `a graph of ${model.byteLength} bytes`;
    const context: StatusContext = { action: `Opening ${label} failed`, isOpening: true };
    const leave = await this.#device.enter();
    const findAdded = await watchMappings(model, this.#environment.giveBackPages);
    const nativeOptions = readCell(api, context, (cell) => api.CreateSessionOptions(cell));
    try {
      this.#applyOptions(nativeOptions, options, context);
      this.#device.applyOptions(nativeOptions, context);
      const cell = outCell();
      const terminate = (): void => checkStatus(api, api.SessionOptionsSetLoadCancellationFlag(nativeOptions, true), context);
      const call = { pins: [this, model, cell], terminate };
      const status =
        typeof model === 'string'
          ? await callNative(api.CreateSession, [env, model, nativeOptions, cell], call)
          : await callNative(api.CreateSessionFromArray, [env, model, model.byteLength, nativeOptions, cell], call);
      checkStatus(api, status, context);
      await this.#environment.returnMemory(); // reading and packing weights left as much behind as they weigh
      return this.#adopt(cell[0] as Pointer, label, await findAdded());
    } finally {
      api.ReleaseSessionOptions(nativeOptions);
      leave();
    }
  }

  #adopt(pointer: Pointer, label: string, weightPages: WeightPages | undefined): FfiSession {
    try {
      const signature = readSignature(this.#environment, pointer, label);
      const native = { pointer, label, signature, device: this.#device, weightPages };
      const session = new FfiSession(this.#environment, native, (released) => this.#sessions.delete(released));
      this.#sessions.add(session);
      return session;
    } catch (error) {
      this.#environment.api.ReleaseSession(pointer);
      throw error;
    }
  }

  #applyOptions(native: Pointer, options: SessionOptions, context: StatusContext): void {
    const { api } = this.#environment;
    const { threads = this.info.threads, graphOptimization = 'all', optimizedModelFile } = options;
    const level = graphOptimization === 'all' && optimizedModelFile !== undefined ? 'extended' : graphOptimization;
    const statuses = [
      () => api.SetIntraOpNumThreads(native, threads),
      () => api.SetInterOpNumThreads(native, 1),
      // A pattern is kept for every shape ever seen, and prompts come in many. The arena stays on: without it each layer's scratch is
      // mapped and unmapped anew, and attention over a prompt costs 1.6 to 2.8 times the time in page faults.
      () => api.DisableMemPattern(native),
      () => api.SetSessionGraphOptimizationLevel(native, optimizationLevels[level]),
      ...Object.entries({ 'session.use_env_allocators': '1', ...sessionConfig(options) }).map(
        ([key, value]) =>
          () =>
            api.AddSessionConfigEntry(native, key, value),
      ),
    ];
    for (const apply of statuses) checkStatus(api, apply(), context);
    if (optimizedModelFile !== undefined) checkStatus(api, api.SetOptimizedModelFilePath(native, optimizedModelFile), context);
  }

  #assertOpen(): void {
    if (this.#disposal === undefined) return;
    throw new VisionError('DISPOSED', 'The runtime was disposed.', { hint: 'Open a new one.' });
  }

  async #release(): Promise<void> {
    await Promise.allSettled(this.#openings);
    await Promise.all([...this.#sessions].map((session) => session.dispose()));
    for (const tensor of [...this.#tensors]) tensor.dispose();
    await this.#device.dispose();
  }
}
