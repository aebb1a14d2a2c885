import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { probeInt8Limit } from '../../../src/runtime/int8-probe.ts';
import { encodeOnnx, encodeStopOutput } from '../../../src/runtime/onnx-bytes.ts';
import type { Runtime, Session } from '../../../src/runtime/port.ts';
import { adapters, add, fillTensor, openAdapter, readTensor, vector } from '../../helpers/runtime-under-test.ts';
import { addGraph, attentionGraph, externalAddGraph } from '../../helpers/tiny-onnx.ts';

describe.each(adapters)('the %s adapter', (adapter) => {
  let runtime: Runtime;
  let adder: Session;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'h2ovl-runtime-'));
    runtime = await openAdapter(adapter);
    adder = await runtime.openSession(addGraph());
  });
  afterAll(async () => {
    await runtime.dispose();
    await rm(folder, { recursive: true });
  });

  test('says what it is', () => {
    expect(runtime.info).toEqual({
      adapter,
      executionProvider: 'cpu',
      views: 'anywhere',
      version: '1.27.0',
      threads: 1,
      reasons: ['a test'],
    });
  });

  test('reports names, types and shapes of a graph, -1 for a symbolic dimension', () => {
    expect(adder.inputs).toEqual([
      { name: 'a', dtype: 'float32', dims: [-1] },
      { name: 'b', dtype: 'float32', dims: [-1] },
    ]);
    expect(adder.outputs).toEqual([{ name: 'y', dtype: 'float32', dims: [-1] }]);
  });

  test('writes the result into the caller memory', async () => {
    expect(await add(adder, [1, 2, 3], [10, 20, 30])).toEqual([11, 22, 33]);
  });

  test('writes into a part of an array and leaves its neighbours alone', async () => {
    const memory = Float32Array.of(7, 0, 0, 7);
    const y = { dtype: 'float32', dims: [2], data: memory.subarray(1, 3) } as const;
    await adder.run({ inputs: { a: vector(1, 2), b: vector(3, 4) }, outputs: { y } });
    expect([...memory]).toEqual([7, 4, 6, 7]);
  });

  test('runs graphs that are older than what it adds to them', async () => {
    const value = { dtype: 'float32', dims: [2] } as const;
    const graph = encodeOnnx({
      nodes: [{ operator: 'Neg', inputs: ['x'], outputs: ['y'] }],
      inputs: [{ name: 'x', ...value }],
      outputs: [{ name: 'y', ...value }],
      opset: 9,
    });
    const session = await runtime.openSession(graph);
    expect(session.outputs.map(({ name }) => name)).toEqual(['y']);
    const y = { ...value, data: new Float32Array(2) };
    await session.run({ inputs: { x: { ...value, data: Float32Array.of(1, 2) } }, outputs: { y } });
    await session.dispose();
    expect([...y.data]).toEqual([-1, -2]);
  });

  test('takes tensors without elements', async () => {
    expect(await add(adder, [], [])).toEqual([]);
  });

  test('carries every element type through unchanged', async () => {
    const values = {
      float32: Float32Array.of(1.5, -2),
      float16: Uint16Array.of(0x3c00, 0xc000),
      int8: Int8Array.of(-128, 127),
      uint8: Uint8Array.of(0, 255),
      int32: Int32Array.of(-(2 ** 31), 2 ** 31 - 1),
      int64: BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n),
    } as const;
    for (const [dtype, data] of Object.entries(values) as [keyof typeof values, (typeof values)[keyof typeof values]][]) {
      const graph = encodeOnnx({
        nodes: [{ operator: 'Identity', inputs: ['x'], outputs: ['y'] }],
        inputs: [{ name: 'x', dtype, dims: [2] }],
        outputs: [{ name: 'y', dtype, dims: [2] }],
      });
      const session = await runtime.openSession(graph);
      const result = data.slice().reverse();
      await session.run({ inputs: { x: { dtype, dims: [2], data } }, outputs: { y: { dtype, dims: [2], data: result } } });
      await session.dispose();
      expect(result, dtype).toEqual(data);
    }
  });

  test('opens a graph file, and one that was saved optimised', async () => {
    const file = path.join(folder, 'add.onnx');
    const optimizedModelFile = path.join(folder, 'optimized.onnx');
    writeFileSync(file, addGraph());
    const first = await runtime.openSession(file, { threads: 2, spinning: false, packedWeightsFile: 'optimized.bin', optimizedModelFile });
    const second = await runtime.openSession(optimizedModelFile, { graphOptimization: 'none' });
    expect(await add(first, [1], [2])).toEqual([3]);
    expect(await add(second, [1], [2])).toEqual([3]);
    expect(second.outputs).toEqual(adder.outputs);
    await first.dispose();
    await second.dispose();
  });

  test('reads weights from a file beside the graph, and tells when it is missing or cut short', async () => {
    const file = path.join(folder, 'external.onnx');
    const weights = path.join(folder, 'external.bin');
    writeFileSync(file, externalAddGraph('external.bin'));
    await expect(runtime.openSession(file)).rejects.toMatchObject({ code: 'MODEL_FILE_CORRUPT' });
    writeFileSync(weights, new Uint8Array(4));
    await expect(runtime.openSession(file)).rejects.toMatchObject({ code: 'MODEL_FILE_CORRUPT' });
    writeFileSync(weights, new Uint8Array(Float32Array.of(10, 20).buffer));
    const session = await runtime.openSession(file);
    const y = vector(0, 0);
    await session.run({ inputs: { a: vector(1, 2) }, outputs: { y } });
    expect([...y.data]).toEqual([11, 22]);
    await session.dispose();
  });

  test('refuses a graph with values that cannot be bound', async () => {
    const value = { dtype: 'float32', dims: [2] } as const;
    const sequence = encodeStopOutput('list'); // a node and an output without a tensor, in front of a graph
    const plain = encodeOnnx({
      nodes: [{ operator: 'Neg', inputs: ['x'], outputs: ['y'] }],
      inputs: [{ name: 'x', ...value }],
      outputs: [{ name: 'y', ...value }],
    });
    const graph = new Uint8Array([...sequence, ...plain]);
    await expect(runtime.openSession(graph)).rejects.toMatchObject({
      code: 'SESSION_FAILED',
      message: 'The graph value "list" has a type that cannot be bound (not a tensor).',
    });
  });

  test('extends a cache in place: only the new position of it changes', async () => {
    const session = await runtime.openSession(attentionGraph());
    const positions = 3;
    const keys = await runtime.allocate('float32', [1, 1, positions, 8]);
    const values = await runtime.allocate('float32', [1, 1, positions, 8]);
    // The position after the new one holds 9: it must stay.
    await fillTensor(runtime, keys, [...eight(1), ...eight(0), ...eight(9)]);
    await fillTensor(runtime, values, [...eight(2), ...eight(0), ...eight(9)]);
    const key = keys.view(0, keys.dims);
    const value = values.view(0, values.dims);
    const output = { dtype: 'float32', dims: [1, 1, 16], data: new Float32Array(16) } as const;
    await session.run({
      inputs: {
        query: { dtype: 'float32', dims: [1, 1, 16], data: new Float32Array(16) },
        key: { dtype: 'float32', dims: [1, 1, 8], data: Float32Array.from(eight(5)) },
        value: { dtype: 'float32', dims: [1, 1, 8], data: Float32Array.from(eight(4)) },
        past_key: key,
        past_value: value,
        seqlens_k: { dtype: 'int32', dims: [1], data: Int32Array.of(1) },
        total: { dtype: 'int32', dims: [], data: Int32Array.of(2) },
      },
      outputs: { output, present_key: key, present_value: value },
    });
    expect(await readTensor(runtime, keys)).toEqual([...eight(1), ...eight(5), ...eight(9)]);
    expect(await readTensor(runtime, values)).toEqual([...eight(2), ...eight(4), ...eight(9)]);
    expect([...output.data]).toEqual([...eight(3), ...eight(3)]); // a zero query weighs both positions alike
    await session.dispose();
  });

  test('binds parts of a tensor, many different ones', async () => {
    const tensor = await runtime.allocate('float32', [100, 2]);
    await fillTensor(
      runtime,
      tensor,
      Array.from({ length: 200 }, (_, index) => index),
    );
    for (let row = 0; row < 98; row += 1) {
      const y = vector(0, 0);
      await adder.run({ inputs: { a: tensor.view(row * 2, [2]), b: tensor.view(row * 2 + 2, [2]) }, outputs: { y } });
      expect([...y.data]).toEqual([row * 4 + 2, row * 4 + 4]);
    }
    tensor.dispose();
  });

  test('allocates zeros and copies blocks with a stride on each side', async () => {
    const source = await runtime.allocate('float32', [2, 3]);
    const target = await runtime.allocate('float32', [2, 4]);
    await fillTensor(runtime, source, [1, 2, 3, 4, 5, 6]);
    await source.copyTo(target, { count: 2, blockElements: 2, sourceOffset: 1, sourceStride: 3, targetOffset: 0, targetStride: 4 });
    expect(await readTensor(runtime, target)).toEqual([2, 3, 0, 0, 5, 6, 0, 0]);
  });

  test('refuses views and copies that reach outside', async () => {
    const tensor = await runtime.allocate('float32', [4]);
    const other = await runtime.allocate('int8', [4]);
    const plan = { count: 2, blockElements: 2, sourceOffset: 0, sourceStride: 2, targetOffset: 1, targetStride: 2 };
    expect(() => tensor.view(2, [3])).toThrow('A view [3] at element 2 leaves its tensor of 4 elements.');
    await expect(tensor.copyTo(tensor, plan)).rejects.toThrow('The copy reaches element 5 of a target with 4.');
    await expect(tensor.copyTo(other, plan)).rejects.toThrow('Memory of float32 cannot be copied to int8.');
    await expect(tensor.copyTo(tensor, { ...plan, count: 1.5 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    const view = { tensor, offsetElements: 3, dims: [2] };
    await expect(adder.run({ inputs: { a: view, b: view }, outputs: { y: vector(0, 0) } })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    await expect(runtime.allocate('float32', [2, -1])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  test('refuses names, types and shapes that do not fit, with what is expected and what was given', async () => {
    const y = vector(0);
    const a = vector(1);
    const run = (inputs: Record<string, unknown>, outputs: Record<string, unknown> = { y }): Promise<void> =>
      adder.run({ inputs, outputs } as never);
    await expect(run({ a })).rejects.toThrow('The inputs do not fit the graph (missing: b); it has a, b.');
    await expect(run({ a, b: a, c: a })).rejects.toThrow('The inputs do not fit the graph (unknown: c); it has a, b.');
    await expect(run({ a, b: a }, {})).rejects.toThrow('The outputs do not fit the graph (missing: y); it has y.');
    await expect(run({ a, b: { ...a, dims: [1, 1] } })).rejects.toThrow(
      'The input "b" is float32 [any] in the graph; float32 [1, 1] was given.',
    );
    const integers = { dtype: 'int32', dims: [1], data: new Int32Array(1) };
    await expect(run({ a, b: integers })).rejects.toThrow('The input "b" is float32 [any] in the graph; int32 [1] was given.');
    await expect(run({ a, b: { ...a, dims: [3] } })).rejects.toThrow('The input "b" float32 [3] needs 3 elements; its data has 1.');
    await expect(run({ a, b: { ...a, data: new Int8Array(1) } })).rejects.toThrow('kept in a Float32Array; a Int8Array was given');
    await expect(run({ a })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  test('reports what the graph itself refuses, and works afterwards', async () => {
    const y = vector(0, 0, 0);
    const run = adder.run({ inputs: { a: vector(1, 2, 3), b: vector(1, 2) }, outputs: { y } });
    await expect(run).rejects.toMatchObject({
      code: 'SESSION_FAILED',
      message: expect.stringMatching(/^A run of .* failed: Add .*2 by 3/),
    });
    expect(await add(adder, [1], [1])).toEqual([2]);
  });

  test('tells a missing or damaged graph file from one that asks for the impossible', async () => {
    const damaged = path.join(folder, 'damaged.onnx');
    writeFileSync(damaged, addGraph().subarray(0, 60));
    const unknown = encodeOnnx({
      nodes: [{ operator: 'NoSuchOperator', inputs: ['x'], outputs: ['y'] }],
      inputs: [{ name: 'x', dtype: 'float32', dims: [1] }],
      outputs: [{ name: 'y', dtype: 'float32', dims: [1] }],
    });
    await expect(runtime.openSession(path.join(folder, 'absent.onnx'))).rejects.toMatchObject({ code: 'MODEL_FILE_CORRUPT' });
    await expect(runtime.openSession(damaged)).rejects.toMatchObject({ code: 'MODEL_FILE_CORRUPT' });
    await expect(runtime.openSession(unknown)).rejects.toMatchObject({ message: expect.stringContaining('NoSuchOperator') });
  });

  test('finds the largest 8-bit weight that this machine multiplies exactly', async () => {
    const limit = await probeInt8Limit(runtime);
    expect([64, 127]).toContain(limit);
    expect(await probeInt8Limit(runtime)).toBe(limit);
  });
});

function eight(value: number): number[] {
  return Array.from({ length: 8 }, () => value);
}
