import { VisionError } from '@h2ovl/contract';
import type { DType } from '../../../tensor/tensor.ts';
import { elementCount } from '../../../tensor/tensor.ts';
import type { GpuChoice } from '../../devices/device-facts.ts';
import { encodeOnnx } from '../../onnx-bytes.ts';
import type { FfiDevice } from '../ffi-device.ts';
import type { FfiEnvironment } from '../ffi-environment.ts';
import type { NativeTensor } from '../ffi-tensor.ts';
import { callNative } from '../native-calls.ts';
import { outCell, type Pointer } from '../ort-api.ts';
import { checkStatus, readCell, type StatusContext } from '../ort-status.ts';
import { onnxElementTypes } from '../ort-value.ts';
import { BlockCopier } from './block-copier.ts';
import { DeviceTurns } from './device-turns.ts';
import { WebgpuTensor } from './webgpu-tensor.ts';

/** What the provider calls its own memory. */
const memoryName = 'WebGPU_Buf';
const deviceAllocator = 0; // OrtDeviceAllocator
const defaultMemory = 0; // OrtMemTypeDefault

// One device for all sessions of the process, so one line in front of it.
const turns = new DeviceTurns();

/** The GPU through ONNX Runtime's WebGPU provider: Vulkan on Linux, D3D12 on Windows, Metal on macOS. */
export class WebgpuDevice implements FfiDevice {
  readonly executionProvider = 'webgpu';
  readonly views = 'start';
  readonly #environment: FfiEnvironment;
  readonly #choice: GpuChoice;
  readonly #copier: BlockCopier;
  /** The provider gives memory through a session; this one is there for nothing else. */
  #memorySession: Pointer = 0n;
  #memoryInfo: Pointer = 0n;
  #allocator: Pointer = 0n;
  readonly #releases = new Set<Promise<void>>();

  private constructor(environment: FfiEnvironment, choice: GpuChoice) {
    this.#environment = environment;
    this.#choice = choice;
    this.#copier = new BlockCopier(environment, this);
  }

  /** Opens the device. @throws VisionError RUNTIME_UNAVAILABLE where there is no adapter */
  static async open(environment: FfiEnvironment, choice: GpuChoice = 'high-performance'): Promise<WebgpuDevice> {
    const device = new WebgpuDevice(environment, choice);
    await device.#openMemory();
    return device;
  }

  applyOptions(native: Pointer, context: StatusContext): void {
    const { api } = this.#environment;
    const entries = { powerPreference: this.#choice };
    for (const [key, value] of Object.entries(entries)) {
      checkStatus(api, api.AddSessionConfigEntry(native, `ep.webgpuexecutionprovider.${key}`, value), context);
    }
    checkStatus(api, api.SessionOptionsAppendExecutionProvider(native, 'WebGPU', null, null, 0), context);
  }

  async allocate(dtype: DType, dims: readonly number[], onRelease: (tensor: NativeTensor) => void): Promise<NativeTensor> {
    const leave = await this.enter();
    try {
      const pointer = this.#createValue(dtype, dims);
      return new WebgpuTensor(this.#environment, { pointer, memoryInfo: this.#memoryInfo, dtype, dims, copier: this.#copier }, (tensor) => {
        onRelease(tensor);
        this.#releaseLater(pointer, tensor.takeViews());
      });
    } finally {
      leave();
    }
  }

  enter(signal?: AbortSignal): Promise<() => void> {
    return turns.enter(signal);
  }

  async dispose(): Promise<void> {
    await this.#copier.dispose();
    await Promise.all(this.#releases);
    const { api } = this.#environment;
    const leave = await this.enter();
    try {
      if (this.#allocator !== 0n) api.ReleaseAllocator(this.#allocator);
      if (this.#memoryInfo !== 0n) api.ReleaseMemoryInfo(this.#memoryInfo);
      if (this.#memorySession !== 0n) await callNative(api.ReleaseSession, [this.#memorySession], { pins: [this], terminate: () => {} });
    } finally {
      leave();
    }
  }

  /** Opens a small graph on this device. */
  async openSmall(graph: Uint8Array, context: StatusContext): Promise<Pointer> {
    const { api, env } = this.#environment;
    const options = readCell(api, context, (cell) => api.CreateSessionOptions(cell));
    try {
      this.applyOptions(options, context);
      const cell = outCell();
      const call = { pins: [this, graph, cell], terminate: () => {} };
      checkStatus(api, await callNative(api.CreateSessionFromArray, [env, graph, graph.byteLength, options, cell], call), context);
      return cell[0] as Pointer;
    } finally {
      api.ReleaseSessionOptions(options);
    }
  }

  async #openMemory(): Promise<void> {
    const { api } = this.#environment;
    const context: StatusContext = { action: 'The GPU could not be opened' };
    const leave = await this.enter();
    try {
      this.#memorySession = await this.openSmall(identityGraph(), context);
      this.#memoryInfo = readCell(api, context, (cell) => api.CreateMemoryInfo(memoryName, deviceAllocator, 0, defaultMemory, cell));
      this.#allocator = readCell(api, context, (cell) => api.CreateAllocator(this.#memorySession, this.#memoryInfo, cell));
    } catch (cause) {
      throw new VisionError('RUNTIME_UNAVAILABLE', messageOf(cause), {
        hint: "Use device 'auto' or 'cpu'; on Linux a GPU needs its Vulkan driver and the loader libvulkan.so.1.",
        cause,
      });
    } finally {
      leave();
    }
  }

  #createValue(dtype: DType, dims: readonly number[]): Pointer {
    const { api } = this.#environment;
    const shape = BigInt64Array.from(dims.length === 0 ? [1] : dims, BigInt);
    const megabytes = Math.ceil((elementCount(dims) * 4) / 1e6);
    return readCell(api, { action: `About ${megabytes} MB of GPU memory could not be taken` }, (cell) =>
      api.CreateTensorAsOrtValue(this.#allocator, shape, dims.length, onnxElementTypes[dtype], cell),
    );
  }

  #releaseLater(pointer: Pointer, views: readonly Pointer[]): void {
    const { api } = this.#environment;
    const release = this.enter().then((leave) => {
      for (const view of views) api.ReleaseValue(view);
      api.ReleaseValue(pointer);
      leave();
    });
    this.#releases.add(release);
    void release.finally(() => this.#releases.delete(release));
  }
}

function identityGraph(): Uint8Array {
  return encodeOnnx({
    nodes: [{ operator: 'Identity', inputs: ['x'], outputs: ['y'] }],
    inputs: [{ name: 'x', dtype: 'float32', dims: ['n'] }],
    outputs: [{ name: 'y', dtype: 'float32', dims: ['n'] }],
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
