import type { DType } from '../../tensor/tensor.ts';
import type { RuntimeInfo } from '../port.ts';
import { TensorMemory } from '../tensor-memory.ts';
import type { FfiEnvironment } from './ffi-environment.ts';
import { FfiTensor, type NativeTensor } from './ffi-tensor.ts';
import { enterNativeCall } from './native-calls.ts';
import type { Pointer } from './ort-api.ts';
import type { StatusContext } from './ort-status.ts';

/** Where a runtime over the C API computes: what its sessions are opened with, and where memory that lives across runs lies. */
export interface FfiDevice {
  readonly executionProvider: string;
  readonly views: RuntimeInfo['views'];
  /** Adds what a session needs to compute here to its options. */
  applyOptions(native: Pointer, context: StatusContext): void;
  allocate(dtype: DType, dims: readonly number[], onRelease: (tensor: NativeTensor) => void): Promise<NativeTensor>;
  /** Waits until a native call may start; returns the function that gives the place back. Rejects with `signal.reason`. */
  enter(signal?: AbortSignal): Promise<() => void>;
  /** After all sessions and tensors are gone. */
  dispose(): Promise<void>;
}

/** The CPU: memory of this process. */
export class CpuDevice implements FfiDevice {
  readonly executionProvider = 'cpu';
  readonly views = 'anywhere';
  readonly #environment: FfiEnvironment;

  constructor(environment: FfiEnvironment) {
    this.#environment = environment;
  }

  applyOptions(): void {}

  async allocate(dtype: DType, dims: readonly number[], onRelease: (tensor: NativeTensor) => void): Promise<NativeTensor> {
    return new FfiTensor(this.#environment, new TensorMemory(dtype, dims), onRelease);
  }

  enter(signal?: AbortSignal): Promise<() => void> {
    return enterNativeCall(signal);
  }

  async dispose(): Promise<void> {}
}
