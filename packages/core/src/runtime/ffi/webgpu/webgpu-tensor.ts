import { VisionError } from '@h2ovl/contract';
import { bytesPerElement, type DType, elementCount } from '../../../tensor/tensor.ts';
import type { BlockCopy, DeviceTensor, DeviceView } from '../../port.ts';
import { checkCopy, checkView } from '../../tensor-memory.ts';
import type { FfiEnvironment } from '../ffi-environment.ts';
import { type BorrowedValue, foreignTensor, type NativeTensor } from '../ffi-tensor.ts';
import type { Pointer } from '../ort-api.ts';
import { readCell } from '../ort-status.ts';
import { createOrtValue } from '../ort-value.ts';
import type { BlockCopier } from './block-copier.ts';

export interface WebgpuMemory {
  /** The native value over the whole buffer. */
  readonly pointer: Pointer;
  readonly memoryInfo: Pointer;
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly copier: BlockCopier;
}

/** A buffer on the GPU. Views are other shapes over its beginning. */
export class WebgpuTensor implements NativeTensor {
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly byteLength: number;
  readonly #environment: FfiEnvironment;
  readonly #memory: WebgpuMemory;
  readonly #onRelease: (tensor: WebgpuTensor) => void;
  readonly #views = new Map<string, Pointer>();
  #users = 0;
  #isDisposed = false;

  constructor(environment: FfiEnvironment, memory: WebgpuMemory, onRelease: (tensor: WebgpuTensor) => void) {
    this.dtype = memory.dtype;
    this.dims = [...memory.dims];
    this.byteLength = elementCount(memory.dims) * bytesPerElement[memory.dtype];
    this.#environment = environment;
    this.#memory = memory;
    this.#onRelease = onRelease;
    this.#views.set(this.dims.join(), memory.pointer);
  }

  view(offsetElements: number, dims: readonly number[]): DeviceView {
    const view = { tensor: this, offsetElements, dims: [...dims] };
    checkView(view);
    assertAtStart(offsetElements);
    return view;
  }

  async copyTo(target: DeviceTensor, plan: BlockCopy): Promise<void> {
    if (!(target instanceof WebgpuTensor)) throw foreignTensor();
    checkCopy(this, target, plan);
    assertAtStart(plan.sourceOffset);
    assertAtStart(plan.targetOffset);
    if (target === this) {
      throw new VisionError('INVALID_ARGUMENT', 'A buffer of the GPU cannot be copied into itself.', { hint: 'Copy into another tensor.' });
    }
    if (plan.count === 0 || plan.blockElements === 0) return;
    await this.#memory.copier.copy(this, target, plan);
  }

  borrowValue(offsetElements: number, dims: readonly number[]): BorrowedValue {
    checkView({ tensor: this, offsetElements, dims });
    assertAtStart(offsetElements);
    if (this.#isDisposed) throw new VisionError('DISPOSED', 'The tensor was disposed.', { hint: 'Allocate a new one.' });
    const pointer = this.#viewOf(dims);
    this.#users += 1;
    return {
      pointer,
      giveBack: () => {
        this.#users -= 1;
        if (this.#users === 0 && this.#isDisposed) this.#onRelease(this);
      },
    };
  }

  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    if (this.#users === 0) this.#onRelease(this);
  }

  /** The native values of the views, for whoever releases the buffer. */
  takeViews(): readonly Pointer[] {
    const views = [...this.#views.values()].filter((pointer) => pointer !== this.#memory.pointer);
    this.#views.clear();
    return views;
  }

  #viewOf(dims: readonly number[]): Pointer {
    const key = dims.join();
    const known = this.#views.get(key);
    if (known !== undefined) return known;
    const { api } = this.#environment;
    const { dtype, memoryInfo, pointer } = this.#memory;
    const buffer = readCell(api, { action: 'A buffer of the GPU could not be bound' }, (cell) => api.GetTensorMutableData(pointer, cell));
    const view = createOrtValue(api, memoryInfo, dtype, dims, buffer, elementCount(dims) * bytesPerElement[dtype]);
    this.#views.set(key, view);
    return view;
  }
}

function assertAtStart(offsetElements: number): void {
  if (offsetElements === 0) return;
  throw new VisionError('INVALID_ARGUMENT', `A view of GPU memory begins at its start, not at element ${offsetElements}.`, {
    hint: 'Allocate a tensor for each part.',
  });
}
