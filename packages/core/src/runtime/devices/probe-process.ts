import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { checkDevice, describeAbilities, describeFaults } from '../device-check.ts';
import { openFfiRuntime } from '../ffi/ffi-runtime.ts';
import { loadOrtLibrary } from '../ffi/ort-library.ts';
import { WebgpuDevice } from '../ffi/webgpu/webgpu-device.ts';
import { encodeOnnx } from '../onnx-bytes.ts';
import type { Runtime } from '../port.ts';
import { listAdapters } from './list-adapters.ts';
import { measureDevice } from './measure-device.ts';
import type { ProbeReport, ProbeStart } from './probe-protocol.ts';

/**
 * The entry of the process in which a GPU is tried: its driver may crash, or never return, and nothing but this process is lost. It tells what it does
 * before it does it, so that whoever waits can say where it ended.
 */
async function main(): Promise<void> {
  const send = process.send?.bind(process);
  if (send === undefined) throw new Error('This file is started as a process by try-device.');
  // Resolves when the report is on its way: what follows may end the process.
  const report = (message: ProbeReport): Promise<void> => new Promise((resolve) => send(message, () => resolve()));
  await watchParent();
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {}); // a terminal's Ctrl-C is the parent's affair
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  const end = await probe(JSON.parse(process.argv[2] ?? '{}') as ProbeStart, report).catch(
    (error: unknown): ProbeReport => ({ type: 'end', state: 'missing', reason: messageOf(error) }),
  );
  await report(end); // the parent ends this process: leaving through a driver's clean-up is one more way to hang
}

async function probe({ depth, choice, threads }: ProbeStart, report: (message: ProbeReport) => Promise<void>): Promise<ProbeReport> {
  await report({ type: 'stage', stage: 'listing adapters' });
  const { koffi } = await loadOrtLibrary();
  const list = listAdapters(koffi);
  if (list !== undefined && 'missing' in list) return { type: 'end', state: 'missing', reason: `${list.missing}.` };
  const adapters = list?.adapters ?? [];
  await report({ type: 'adapters', adapters });
  if (depth === 'auto' && adapters.length > 0 && adapters.every(({ kind }) => kind === 'software')) {
    const names = adapters.map(({ name }) => name).join(', ');
    return {
      type: 'end',
      state: 'software',
      reason: `There is no GPU, only a device in software (${names}), which is slower than the CPU.`,
    };
  }
  await report({ type: 'stage', stage: 'opening the GPU' });
  const gpu = await openFfiRuntime({ threads, reasons: [], openDevice: (environment) => WebgpuDevice.open(environment, choice) });
  await report({ type: 'stage', stage: 'running the first program' });
  await runOnce(gpu);
  if (depth === 'opened') return { type: 'end', state: 'right', reason: 'The GPU opens and runs.' };
  const cpu = await openFfiRuntime({ threads, reasons: [] });
  const abilities = await checkDevice(gpu, cpu, { onKernel: (name) => report({ type: 'stage', stage: `checking ${name}` }) });
  await report({ type: 'checked', notes: describeAbilities(abilities) });
  if (!abilities.isUsable) return { type: 'end', state: 'wrong', reason: describeFaults(abilities) };
  const onRun = (): void => void report({ type: 'stage', stage: 'measuring' });
  await report({ type: 'measured', cpu: await measureDevice(cpu, onRun), webgpu: await measureDevice(gpu, onRun) });
  return { type: 'end', state: 'right', reason: 'The GPU computes rightly.' };
}

/** A device opens also where it cannot run anything. */
async function runOnce(runtime: Runtime): Promise<void> {
  const value = (name: string) => ({ name, dtype: 'float32', dims: ['n'] }) as const;
  const session = await runtime.openSession(
    encodeOnnx({ nodes: [{ operator: 'Add', inputs: ['x', 'x'], outputs: ['y'] }], inputs: [value('x')], outputs: [value('y')] }),
  );
  const floats = (values: readonly number[]) => ({ dtype: 'float32', dims: [values.length], data: Float32Array.from(values) }) as const;
  const [x, y] = [floats([1, 2, 3]), floats([0, 0, 0])];
  await session.run({ inputs: { x }, outputs: { y } });
  if (y.data.join() !== '2,4,6') throw new Error(`The GPU adds 1, 2, 3 to themselves and finds ${y.data.join(', ')}.`);
  await session.dispose();
}

/**
 * A thread of its own, because a driver holds this one for as long as it likes: without a parent the process ends. Resolves when the thread watches: a driver
 * that hangs while it is loaded keeps the lock of the system's loader, behind which no thread gets started.
 */
async function watchParent(): Promise<void> {
  const script = `
    const { parentPort } = require('node:worker_threads');
    const parent = process.ppid;
    const watch = () => {
      if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
    };
    watch();
    setInterval(watch, 100);
    parentPort.postMessage('watching');`;
  const worker = new Worker(script, { eval: true, stdout: true, stderr: true });
  await once(worker, 'message');
  worker.unref();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

await main();
