import { VisionError } from '@h2ovl/contract';
import { bytesPerElement, type DType, elementCount } from '../../tensor/tensor.ts';
import { foreignTensor } from '../ffi/ffi-tensor.ts';
import type { BlockCopy, DeviceTensor, DeviceView } from '../port.ts';
import { checkCopy, checkView } from '../tensor-memory.ts';
import type { WorkerLink } from './worker-link.ts';
import type { RemoteView } from './worker-protocol.ts';

/** Memory in the worker, known here by its number. */
export class WorkerTensor implements DeviceTensor {
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly byteLength: number;
  readonly #link: WorkerLink;
  readonly #id: number;
  #isDisposed = false;

  constructor(link: WorkerLink, id: number, dtype: DType, dims: readonly number[]) {
    this.#link = link;
    this.#id = id;
    this.dtype = dtype;
    this.dims = [...dims];
    this.byteLength = elementCount(dims) * bytesPerElement[dtype];
  }

  view(offsetElements: number, dims: readonly number[]): DeviceView {
    const view = { tensor: this, offsetElements, dims: [...dims] };
    checkView(view);
    return view;
  }

  async copyTo(target: DeviceTensor, plan: BlockCopy): Promise<void> {
    if (!(target instanceof WorkerTensor)) throw foreignTensor();
    checkCopy(this, target, plan);
    await this.#link.ask({ type: 'copy', source: this.#assertOpen(), target: target.#assertOpen(), plan });
  }

  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    // In line behind the runs that use it; a worker that is gone has freed it already.
    this.#link.ask({ type: 'free', tensor: this.#id }).catch(() => {});
  }

  /** The wire form of a view of a tensor that belongs to `link`. */
  remoteView(link: WorkerLink, { offsetElements, dims }: DeviceView): RemoteView {
    if (link !== this.#link) throw foreignTensor();
    checkView({ tensor: this, offsetElements, dims });
    return { tensor: this.#assertOpen(), offsetElements, dims };
  }

  #assertOpen(): number {
    if (this.#isDisposed) throw new VisionError('DISPOSED', 'The tensor was disposed.', { hint: 'Allocate a new one.' });
    return this.#id;
  }
}
