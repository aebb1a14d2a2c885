import type { DType } from '../../../tensor/tensor.ts';
import { encodeOnnx } from '../../onnx-bytes.ts';
import type { BlockCopy, DeviceTensor } from '../../port.ts';
import type { FfiEnvironment } from '../ffi-environment.ts';
import { FfiSession } from '../ffi-session.ts';
import { readSignature } from '../session-signature.ts';
import type { WebgpuDevice } from './webgpu-device.ts';

/**
 * Copies inside GPU memory, as a run of a small graph: the C API copies whole tensors of one shape only.
 *
 *   source [count, stride] ─▶ the first `block` of each row ─▶ zeros behind it ─▶ target [count, stride']
 */
export class BlockCopier {
  readonly #environment: FfiEnvironment;
  readonly #device: WebgpuDevice;
  readonly #sessions = new Map<DType, Promise<FfiSession>>();

  constructor(environment: FfiEnvironment, device: WebgpuDevice) {
    this.#environment = environment;
    this.#device = device;
  }

  /** Both offsets of the plan are 0, and the tensors differ. */
  async copy(source: DeviceTensor, target: DeviceTensor, plan: BlockCopy): Promise<void> {
    const { count, blockElements: block } = plan;
    // With one block the strides say nothing.
    const [sourceStride, targetStride] = count === 1 ? [block, block] : [plan.sourceStride, plan.targetStride];
    const session = await this.#sessionFor(source.dtype);
    const numbers = (...values: number[]) => ({ dtype: 'int64', dims: [values.length], data: BigInt64Array.from(values, BigInt) }) as const;
    await session.run({
      inputs: {
        source: source.view(0, [count, sourceStride]),
        block: numbers(block),
        pads: numbers(0, 0, 0, targetStride - block),
      },
      outputs: { target: target.view(0, [count, targetStride]) },
    });
  }

  async dispose(): Promise<void> {
    for (const session of this.#sessions.values()) await session.then((opened) => opened.dispose()).catch(() => {});
    this.#sessions.clear();
  }

  #sessionFor(dtype: DType): Promise<FfiSession> {
    const known = this.#sessions.get(dtype);
    if (known !== undefined) return known;
    const opening = this.#open(dtype).catch((error: unknown) => {
      this.#sessions.delete(dtype);
      throw error;
    });
    this.#sessions.set(dtype, opening);
    return opening;
  }

  async #open(dtype: DType): Promise<FfiSession> {
    const label = 'the graph that copies inside GPU memory';
    const leave = await this.#device.enter();
    try {
      const pointer = await this.#device.openSmall(copyGraph(dtype), { action: `Opening ${label} failed`, isOpening: true });
      const signature = readSignature(this.#environment, pointer, label);
      return new FfiSession(this.#environment, { pointer, label, signature, device: this.#device }, () => {});
    } finally {
      leave();
    }
  }
}

function copyGraph(dtype: DType): Uint8Array {
  const one = (name: string, value: bigint) => ({ name, dtype: 'int64', dims: [1], data: BigInt64Array.of(value) }) as const;
  return encodeOnnx({
    nodes: [
      { operator: 'Slice', inputs: ['source', 'zero', 'block', 'axis'], outputs: ['part'] },
      { operator: 'Pad', inputs: ['part', 'pads'], outputs: ['target'] },
    ],
    inputs: [
      { name: 'source', dtype, dims: ['count', 'stride'] },
      { name: 'block', dtype: 'int64', dims: [1] },
      { name: 'pads', dtype: 'int64', dims: [4] },
    ],
    outputs: [{ name: 'target', dtype, dims: ['count', 'target stride'] }],
    constants: [one('zero', 0n), one('axis', 1n)],
  });
}
