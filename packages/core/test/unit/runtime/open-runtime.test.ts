import { afterEach, expect, test } from 'vitest';
import { bundleWorker } from '../../../../dev/src/testing/bundle-script.ts';
import { openRuntime } from '../../../src/runtime/open-runtime.ts';

const before = process.env.H2OVL_RUNTIME;
afterEach(() => {
  if (before === undefined) delete process.env.H2OVL_RUNTIME;
  else process.env.H2OVL_RUNTIME = before;
});

test('takes the C API where it works, with the physical cores, and says why', async () => {
  delete process.env.H2OVL_RUNTIME;
  const runtime = await openRuntime();
  expect(runtime.info.adapter).toBe('ffi');
  expect(runtime.info.threads).toBeGreaterThanOrEqual(1);
  expect(runtime.info.reasons).toEqual([
    'The C API of ONNX Runtime loads here and is the version that was checked.',
    expect.stringMatching(/^\d+ threads?: /),
  ]);
  await runtime.dispose();
});

test('takes the adapter that H2OVL_RUNTIME names', async () => {
  process.env.H2OVL_RUNTIME = 'worker';
  const runtime = await openRuntime({ threads: 3, workerUrl: await bundleWorker() });
  expect(runtime.info).toEqual({
    adapter: 'worker',
    executionProvider: 'cpu',
    version: '1.27.0',
    threads: 3,
    views: 'anywhere',
    reasons: ['The adapter "worker" was asked for by H2OVL_RUNTIME.', 'Threads: 3, as asked for.'],
  });
  await runtime.dispose();
});

test('an option goes before the environment', async () => {
  process.env.H2OVL_RUNTIME = 'worker';
  const runtime = await openRuntime({ adapter: 'ffi' });
  expect(runtime.info.adapter).toBe('ffi');
  await runtime.dispose();
});

test('refuses adapters and thread counts that do not exist', async () => {
  process.env.H2OVL_RUNTIME = 'gpu';
  await expect(openRuntime()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', message: expect.stringContaining('H2OVL_RUNTIME') });
  await expect(openRuntime({ adapter: 'ffi', threads: 0 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
});

test('refuses a worker script that cannot be started', async () => {
  const absent = new URL('./absent.mjs', import.meta.url);
  await expect(openRuntime({ adapter: 'worker', workerUrl: absent })).rejects.toMatchObject({ code: 'RUNTIME_UNAVAILABLE' });
});
