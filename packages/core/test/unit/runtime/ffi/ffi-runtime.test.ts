import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openFfiRuntime } from '../../../../src/runtime/ffi/ffi-runtime.ts';
import { maxNativeCalls } from '../../../../src/runtime/ffi/native-calls.ts';
import type { Runtime } from '../../../../src/runtime/port.ts';
import { watchMappings } from '../../../helpers/resident-memory.ts';
import { square } from '../../../helpers/runtime-under-test.ts';
import { attentionGraph, matMulChainGraph } from '../../../helpers/tiny-onnx.ts';

describe('the C API adapter', () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await openFfiRuntime({ threads: 1, reasons: [] });
  });
  afterAll(() => runtime.dispose());

  test('stops inside a run, long before its end', async () => {
    const session = await runtime.openSession(matMulChainGraph(3000));
    const request = { inputs: { x: square(256, 0) }, outputs: { y: square(256, 1) } };
    // Work, and not time: other programs may take the core away during one of the two runs.
    const workMs = (): number => process.cpuUsage().user / 1000;
    const start = workMs();
    await session.run(request);
    const wholeMs = workMs() - start;
    const reason = new Error('mine');
    const controller = new AbortController();
    const abortedStart = workMs();
    const run = session.run({ ...request, signal: controller.signal });
    setTimeout(() => controller.abort(reason), 20);
    await expect(run).rejects.toBe(reason);
    expect(workMs() - abortedStart).toBeLessThan(wholeMs / 2);
    await session.dispose();
  });

  test('leaves threads of the pool to files and images', () => {
    expect(maxNativeCalls).toBe(2);
  });

  // What the whole process holds goes up and down with what other tests left; these are the pages of the two tensors alone.
  test.runIf(process.platform === 'linux')('gives memory back when a tensor is disposed', async () => {
    const bytes = 64 * 2 ** 20;
    const { made, residentBytes } = await watchMappings(bytes, async () => ({
      source: await runtime.allocate('uint8', [bytes]),
      target: await runtime.allocate('uint8', [bytes]),
    }));
    const { source, target } = made;
    const before = residentBytes();
    const plan = { count: 1, blockElements: bytes, sourceOffset: 0, sourceStride: 0, targetOffset: 0, targetStride: 0 };
    await source.copyTo(target, plan);
    expect(residentBytes() - before).toBeGreaterThan(0.98 * bytes); // the copy committed its pages
    source.dispose();
    target.dispose();
    // A slice of 16 MB in each turn of the event loop.
    for (let turn = 0; turn < (2 * bytes) / (16 * 2 ** 20); turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(residentBytes() - before).toBeLessThan(0.02 * bytes);
  });

  test('a copy lets the event loop turn', async () => {
    const source = await runtime.allocate('uint8', [128 * 2 ** 20]);
    const target = await runtime.allocate('uint8', [128 * 2 ** 20]);
    const plan = { count: 1, blockElements: source.byteLength, sourceOffset: 0, sourceStride: 0, targetOffset: 0, targetStride: 0 };
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 0);
    await source.copyTo(target, plan);
    clearInterval(timer);
    expect(turns).toBeGreaterThanOrEqual(4); // eight slices of 16 MB
    source.dispose();
    target.dispose();
  });

  test('200 cycles of open, run, cancel and dispose leave memory where it was', async () => {
    const cycle = async (index: number): Promise<void> => {
      const own = await openFfiRuntime({ threads: 1, reasons: [] });
      const session = await own.openSession(attentionGraph());
      const chain = await own.openSession(matMulChainGraph(20));
      const cache = await own.allocate('float32', [1, 1, 4096, 8]);
      await session.run(attentionStep(cache.view(0, [1, 1, 4096, 8])));
      const controller = new AbortController();
      const request = { inputs: { x: square(128, 0) }, outputs: { y: square(128, 1) }, signal: controller.signal };
      const run = chain.run(request).catch((error: unknown) => expect(error).toBe(index));
      setImmediate(() => controller.abort(index));
      await run;
      if (index % 2 === 0) cache.dispose();
      await own.dispose();
    };
    for (let index = 0; index < 60; index += 1) await cycle(index);
    const before = process.memoryUsage().rss;
    for (let index = 0; index < 200; index += 1) await cycle(index);
    const growth = process.memoryUsage().rss - before;
    // A leaked cache is 128 kB, a leaked session more: 200 of either would be over 25 MB.
    expect(growth).toBeLessThan(16 * 2 ** 20);
  });
});

function attentionStep(cache: { readonly tensor: never } | object): never {
  const key = { dtype: 'float32', dims: [1, 1, 8], data: new Float32Array(8) };
  return {
    inputs: {
      query: { dtype: 'float32', dims: [1, 1, 16], data: new Float32Array(16) },
      key,
      value: key,
      past_key: cache,
      past_value: cache,
      seqlens_k: { dtype: 'int32', dims: [1], data: Int32Array.of(1) },
      total: { dtype: 'int32', dims: [], data: Int32Array.of(2) },
    },
    outputs: { output: { dtype: 'float32', dims: [1, 1, 16], data: new Float32Array(16) }, present_key: cache, present_value: cache },
  } as never;
}
