import { VisionError } from '@h2ovl/contract';
import { bytesPerElement, type DType, elementCount } from '../../tensor/tensor.ts';
import type { BlockCopy, DeviceTensor, DeviceView } from '../port.ts';
import { checkCopy, checkView, copyBlocks, type TensorMemory } from '../tensor-memory.ts';
import type { OrtApi, Pointer } from './ort-api.ts';
import { createOrtValue } from './ort-value.ts';

// Enough for a cache that is bound whole, by row and by prefix; a caller that slides its view makes no more than this.
const maxCachedValues = 64;

interface CachedValue {
  readonly pointer: Pointer;
  users: number;
}

/** A native value over a part of a tensor, and how to give it back after the run. */
export interface BorrowedValue {
  readonly pointer: Pointer;
  readonly giveBack: () => void;
}

/** Runtime memory as the sessions of the C API bind it. */
export interface NativeTensor extends DeviceTensor {
  /** The native value of a view; its memory stays until it is given back, even when the tensor is disposed meanwhile. */
  borrowValue(offsetElements: number, dims: readonly number[]): BorrowedValue;
}

/** Whether a tensor is memory of this adapter. */
export function isNativeTensor(tensor: DeviceTensor): tensor is NativeTensor {
  return 'borrowValue' in tensor;
}

/** Memory that graphs read and write in place. Native values over it are kept, since the same views are bound at every step. */
export class FfiTensor implements NativeTensor {
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly byteLength: number;
  readonly #memory: TensorMemory;
  readonly #api: OrtApi;
  readonly #memoryInfo: Pointer;
  readonly #address: Pointer;
  readonly #onRelease: (tensor: FfiTensor) => void;
  readonly #values = new Map<string, CachedValue>();
  #users = 0;
  #isDisposed = false;

  constructor(
    native: { readonly api: OrtApi; readonly memoryInfo: Pointer; readonly addressOf: (bytes: Uint8Array) => Pointer },
    memory: TensorMemory,
    onRelease: (tensor: FfiTensor) => void,
  ) {
    this.dtype = memory.dtype;
    this.dims = memory.dims;
    this.byteLength = memory.byteLength;
    this.#memory = memory;
    this.#api = native.api;
    this.#memoryInfo = native.memoryInfo;
    this.#address = native.addressOf(memory.bytes);
    this.#onRelease = onRelease;
  }

  view(offsetElements: number, dims: readonly number[]): DeviceView {
    const view = { tensor: this, offsetElements, dims: [...dims] };
    checkView(view);
    return view;
  }

  async copyTo(target: DeviceTensor, plan: BlockCopy): Promise<void> {
    if (!(target instanceof FfiTensor)) throw foreignTensor();
    checkCopy(this, target, plan);
    this.#hold();
    target.#hold();
    try {
      await copyBlocks(this.#memory.bytes, target.#memory.bytes, bytesPerElement[this.dtype], plan);
    } finally {
      target.#letGo();
      this.#letGo();
    }
  }

  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    if (this.#users === 0) this.#release();
  }

  borrowValue(offsetElements: number, dims: readonly number[]): BorrowedValue {
    checkView({ tensor: this, offsetElements, dims });
    this.#hold();
    try {
      const value = this.#cachedValue(offsetElements, dims);
      value.users += 1;
      return {
        pointer: value.pointer,
        giveBack: () => {
          value.users -= 1;
          this.#letGo();
        },
      };
    } catch (error) {
      this.#letGo();
      throw error;
    }
  }

  #cachedValue(offsetElements: number, dims: readonly number[]): CachedValue {
    const key = `${offsetElements}:${dims.join()}`;
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    if (this.#values.size >= maxCachedValues) this.#dropIdleValue();
    const elementBytes = bytesPerElement[this.dtype];
    const address = this.#address + BigInt(offsetElements * elementBytes);
    const pointer = createOrtValue(this.#api, this.#memoryInfo, this.dtype, dims, address, elementCount(dims) * elementBytes);
    const value = { pointer, users: 0 };
    this.#values.set(key, value);
    return value;
  }

  #dropIdleValue(): void {
    for (const [key, value] of this.#values) {
      if (value.users > 0) continue;
      this.#api.ReleaseValue(value.pointer);
      this.#values.delete(key);
      return;
    }
  }

  #hold(): void {
    if (this.#isDisposed) throw new VisionError('DISPOSED', 'The tensor was disposed.', { hint: 'Allocate a new one.' });
    this.#users += 1;
  }

  #letGo(): void {
    this.#users -= 1;
    if (this.#users === 0 && this.#isDisposed) this.#release();
  }

  #release(): void {
    for (const { pointer } of this.#values.values()) this.#api.ReleaseValue(pointer);
    this.#values.clear();
    this.#memory.release();
    this.#onRelease(this);
  }
}

/** A tensor of another runtime was given. */
export function foreignTensor(): VisionError {
  return new VisionError('INVALID_ARGUMENT', 'The tensor belongs to another runtime.', {
    hint: 'Allocate it with the runtime that runs the graph.',
  });
}
