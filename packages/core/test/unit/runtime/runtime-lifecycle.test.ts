import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Runtime, Session } from '../../../src/runtime/port.ts';
import { adapters, add, openAdapter, square, vector } from '../../helpers/runtime-under-test.ts';
import { addGraph, matMulChainGraph } from '../../helpers/tiny-onnx.ts';

describe.each(adapters)('the life of runs, sessions and tensors with the %s adapter', (adapter) => {
  let runtime: Runtime;
  let adder: Session;

  beforeAll(async () => {
    runtime = await openAdapter(adapter);
    adder = await runtime.openSession(addGraph());
  });
  afterAll(() => runtime.dispose());

  test('rejects with the very reason when aborted before the start', async () => {
    const reason = new Error('mine');
    const request = { inputs: { a: vector(1), b: vector(1) }, outputs: { y: vector(0) } };
    await expect(adder.run({ ...request, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test('rejects with the very reason when aborted during a run, and works afterwards', async () => {
    const session = await runtime.openSession(matMulChainGraph(400));
    const reason = { why: 'a reason need not be an Error' };
    const controller = new AbortController();
    const request = { inputs: { x: square(256, 0) }, outputs: { y: square(256, 1) } };
    const run = session.run({ ...request, signal: controller.signal });
    setTimeout(() => controller.abort(reason), 20);
    await expect(run).rejects.toBe(reason);
    await session.run(request);
    expect(request.outputs.y.data[0]).toBe(0);
    await session.dispose();
  });

  test('takes a run that still waits out of the line when it is aborted', async () => {
    const session = await runtime.openSession(matMulChainGraph(300));
    const makeRequest = () => ({ inputs: { x: square(256, 0) }, outputs: { y: square(256, 1) } });
    const running = [1, 2, 3].map(() => session.run(makeRequest()));
    const reason = new Error('no longer wanted');
    const controller = new AbortController();
    const waiting = makeRequest();
    const order: string[] = [];
    const waited = session.run({ ...waiting, signal: controller.signal }).catch((error: unknown) => {
      order.push('aborted');
      return error;
    });
    const all = Promise.all(running).then(() => order.push('ran'));
    controller.abort(reason);
    expect(await waited).toBe(reason);
    await all;
    expect(order).toEqual(['aborted', 'ran']);
    expect(waiting.outputs.y.data[0]).toBe(1); // never written
    await session.dispose();
  });

  test('keeps concurrent runs of one session apart', async () => {
    const sums = await Promise.all(Array.from({ length: 20 }, (_, index) => add(adder, [index], [1])));
    expect(sums.map(([sum]) => sum)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });

  test('leaves the event loop free during a long run', async () => {
    const session = await runtime.openSession(matMulChainGraph(1200));
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 2);
    await session.run({ inputs: { x: square(256, 0) }, outputs: { y: square(256, 1) } });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(10); // none while a run holds the loop
    await session.dispose();
  });

  test('waits for runs in progress when a session is disposed, then refuses', async () => {
    const session = await runtime.openSession(matMulChainGraph(100));
    const y = square(256, 1);
    const order: string[] = [];
    const run = session.run({ inputs: { x: square(256, 0) }, outputs: { y } }).then(() => order.push('run'));
    await Promise.all([session.dispose().then(() => order.push('disposed')), session.dispose(), run]);
    expect(order).toEqual(['run', 'disposed']);
    expect(y.data[0]).toBe(0);
    await expect(session.run({ inputs: { x: y }, outputs: { y } })).rejects.toMatchObject({ code: 'DISPOSED' });
  });

  test('keeps a disposed tensor until the run that uses it has ended, then refuses it', async () => {
    const session = await runtime.openSession(matMulChainGraph(100));
    const tensor = await runtime.allocate('float32', [256, 256]);
    const view = tensor.view(0, [256, 256]);
    const run = session.run({ inputs: { x: square(256, 0) }, outputs: { y: view } });
    await new Promise((resolve) => setImmediate(resolve));
    tensor.dispose();
    tensor.dispose();
    await run;
    await expect(session.run({ inputs: { x: square(256, 0) }, outputs: { y: view } })).rejects.toMatchObject({ code: 'DISPOSED' });
    await session.dispose();
  });

  test('refuses a tensor of another runtime', async () => {
    const other = await openAdapter(adapter === 'ffi' ? 'worker' : 'ffi');
    const foreign = await other.allocate('float32', [1]);
    const own = await runtime.allocate('float32', [1]);
    const view = foreign.view(0, [1]);
    const plan = { count: 1, blockElements: 1, sourceOffset: 0, sourceStride: 0, targetOffset: 0, targetStride: 0 };
    await expect(adder.run({ inputs: { a: view, b: view }, outputs: { y: vector(0) } })).rejects.toThrow('belongs to another runtime');
    await expect(own.copyTo(foreign, plan)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await other.dispose();
  });

  test('releases everything when the runtime is disposed, then refuses', async () => {
    const short = await openAdapter(adapter);
    const session = await short.openSession(addGraph());
    await short.allocate('float32', [4]);
    await Promise.all([short.dispose(), short.dispose()]);
    await expect(add(session, [1], [1])).rejects.toMatchObject({ code: 'DISPOSED' });
    await expect(short.openSession(addGraph())).rejects.toMatchObject({ code: 'DISPOSED' });
    await expect(short.allocate('float32', [1])).rejects.toMatchObject({ code: 'DISPOSED' });
  });
});
