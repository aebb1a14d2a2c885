import { afterEach, beforeEach, expect, it } from 'vitest';
import { copyBlocks, TensorMemory } from '../../../src/runtime/tensor-memory.ts';

/** Turns of the event loop since the test began. */
let turns = 0;
let isCounting = false;
beforeEach(() => {
  turns = 0;
  isCounting = true;
  const count = (): void => {
    turns += 1;
    if (isCounting) setImmediate(count);
  };
  setImmediate(count);
});
afterEach(() => {
  isCounting = false;
});

const megabyte = 1024 * 1024;
const tensorOf = (megabytes: number): TensorMemory => new TensorMemory('float32', [(megabytes * megabyte) / 4]);
const wholeOf = (tensor: TensorMemory) => ({
  count: 1,
  blockElements: tensor.dims[0] as number,
  sourceOffset: 0,
  sourceStride: 0,
  targetOffset: 0,
  targetStride: 0,
});

it('lets the event loop turn between many small copies in a row, as growing a cache makes them', async () => {
  const [source, target] = [tensorOf(2), tensorOf(2)];
  source.bytes.fill(7);
  for (let i = 0; i < 32; i += 1) await copyBlocks(source.bytes, target.bytes, 4, wholeOf(source));
  expect(turns).toBeGreaterThanOrEqual(12); // 64 MB, 4 MB a turn
  expect(target.bytes.every((byte) => byte === 7)).toBe(true);
});

it('gives memory back a slice in each turn, and copies wait until it is gone', async () => {
  const tensors = Array.from({ length: 4 }, () => tensorOf(20));
  for (const tensor of tensors) tensor.bytes.fill(1);
  for (const tensor of tensors) tensor.release();
  expect(tensors.map(({ isReleased }) => isReleased)).toEqual([true, true, true, true]);
  expect(tensors.map(({ bytes }) => bytes.buffer.byteLength > 0)).toEqual([true, true, true, true]);
  const [source, target] = [tensorOf(1), tensorOf(1)];
  await copyBlocks(source.bytes, target.bytes, 4, wholeOf(source));
  expect(tensors.map(({ bytes }) => bytes.buffer.byteLength)).toEqual([0, 0, 0, 0]);
  expect(turns).toBeGreaterThanOrEqual(4);
});
