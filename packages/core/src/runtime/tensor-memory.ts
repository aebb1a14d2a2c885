import { VisionError } from '@h2ovl/contract';
import { bytesPerElement, type DType, elementCount } from '../tensor/tensor.ts';
import type { BlockCopy, DeviceView } from './port.ts';

// Node 20 has resizable buffers; the ES2023 library types do not.
type ResizableBuffer = ArrayBuffer & { resize(byteLength: number): void };
const ResizableBuffer = ArrayBuffer as unknown as new (byteLength: number, options: { readonly maxByteLength: number }) => ResizableBuffer;

// About 5 ms of copying to pages that are touched for the first time: far below the 50 ms that an event loop may be held.
const copySliceBytes = 4 * 1024 * 1024;

/** Of all copies since the event loop last turned: growing a cache is many copies in a row, each of them small. */
let copiedInTurn = 0;

// Giving pages back costs about a third of a millisecond a megabyte.
const releaseSliceBytes = 16 * 1024 * 1024;

/** Buffers whose pages are on their way back to the system, a slice in each turn of the event loop. */
const leaving: ResizableBuffer[] = [];

/**
 * Zero-filled memory whose pages are committed at first use and given back by `release` within a few turns of the event loop, not when a
 * collector gets to it. Copies wait for memory that is on its way back, so that the two do not add up.
 */
export class TensorMemory {
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly byteLength: number;
  readonly bytes: Uint8Array;
  readonly #buffer: ResizableBuffer;
  #isReleased = false;

  constructor(dtype: DType, dims: readonly number[]) {
    if (!dims.every((dim) => Number.isSafeInteger(dim) && dim >= 0)) {
      throw new VisionError('INVALID_ARGUMENT', `A tensor cannot have the shape [${dims.join(', ')}].`, {
        hint: 'Every dimension is a whole number, zero or more.',
      });
    }
    this.dtype = dtype;
    this.dims = [...dims];
    this.byteLength = elementCount(dims) * bytesPerElement[dtype];
    // A resizable buffer is reserved address space; shrinking it to nothing returns the pages to the system.
    this.#buffer = new ResizableBuffer(this.byteLength, { maxByteLength: this.byteLength });
    this.bytes = new Uint8Array(this.#buffer, 0, this.byteLength);
  }

  get isReleased(): boolean {
    return this.#isReleased;
  }

  /** Gives the memory back. Nothing native may point at it any more. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    leaving.push(this.#buffer);
    if (leaving.length === 1) releaseSlice();
  }
}

function releaseSlice(): void {
  let left = releaseSliceBytes;
  for (let [buffer] = leaving; buffer !== undefined && left > 0; [buffer] = leaving) {
    const size = Math.min(left, buffer.byteLength);
    buffer.resize(buffer.byteLength - size);
    left -= size;
    if (buffer.byteLength === 0) leaving.shift();
  }
  if (leaving.length > 0) setImmediate(releaseSlice);
}

/** Refuses a view that reaches outside its tensor. @throws VisionError INVALID_ARGUMENT */
export function checkView({ tensor, offsetElements, dims }: DeviceView): void {
  const total = elementCount(tensor.dims);
  const end = offsetElements + elementCount(dims);
  const isInside = Number.isSafeInteger(offsetElements) && offsetElements >= 0 && dims.every((dim) => dim >= 0) && end <= total;
  if (isInside) return;
  throw new VisionError(
    'INVALID_ARGUMENT',
    `A view [${dims.join(', ')}] at element ${offsetElements} leaves its tensor of ${total} elements.`,
    {
      hint: 'Keep offset + element count within the tensor.',
    },
  );
}

/** Refuses a copy between different types or outside either tensor. @throws VisionError INVALID_ARGUMENT */
export function checkCopy(
  source: { readonly dtype: DType; readonly dims: readonly number[] },
  target: { readonly dtype: DType; readonly dims: readonly number[] },
  plan: BlockCopy,
): void {
  const sides = [
    ['source', source, plan.sourceOffset, plan.sourceStride],
    ['target', target, plan.targetOffset, plan.targetStride],
  ] as const;
  if (source.dtype !== target.dtype) throw invalidCopy(`Memory of ${source.dtype} cannot be copied to ${target.dtype}.`);
  const numbers = [plan.count, plan.blockElements, plan.sourceOffset, plan.sourceStride, plan.targetOffset, plan.targetStride];
  if (!numbers.every((value) => Number.isSafeInteger(value) && value >= 0)) {
    throw invalidCopy('Counts, offsets and strides of a copy are whole numbers, zero or more.');
  }
  if (plan.count === 0) return;
  for (const [name, { dims }, offset, stride] of sides) {
    const end = offset + (plan.count - 1) * stride + plan.blockElements;
    if (end > elementCount(dims)) throw invalidCopy(`The copy reaches element ${end} of a ${name} with ${elementCount(dims)}.`);
  }
}

function invalidCopy(message: string): VisionError {
  return new VisionError('INVALID_ARGUMENT', message, { hint: 'Check the block plan against both shapes.' });
}

/** Copies block by block, letting the event loop turn between slices. */
export async function copyBlocks(source: Uint8Array, target: Uint8Array, elementBytes: number, plan: BlockCopy): Promise<void> {
  const blockBytes = plan.blockElements * elementBytes;
  for (let block = 0; block < plan.count; block += 1) {
    const from = (plan.sourceOffset + block * plan.sourceStride) * elementBytes;
    const to = (plan.targetOffset + block * plan.targetStride) * elementBytes;
    for (let done = 0; done < blockBytes; ) {
      while (copiedInTurn >= copySliceBytes || leaving.length > 0) await new Promise((resolve) => setImmediate(resolve));
      const size = Math.min(copySliceBytes - copiedInTurn, blockBytes - done);
      target.set(source.subarray(from + done, from + done + size), to + done);
      done += size;
      countCopied(size);
    }
  }
}

function countCopied(bytes: number): void {
  if (copiedInTurn === 0) {
    setImmediate(() => {
      copiedInTurn = 0;
    });
  }
  copiedInTurn += bytes;
}
