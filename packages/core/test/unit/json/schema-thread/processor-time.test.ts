import { existsSync, readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { afterEach, expect, test } from 'vitest';
import { countProcessorTime, ownThreadId } from '../../../../src/json/schema-thread/processor-time.ts';

const isTold = existsSync('/proc/thread-self/stat');
let worker: Worker | undefined;
afterEach(() => worker?.terminate());

/** Computes for this much processor time, however little of it there is. */
function compute(ms: number): void {
  const { user, system } = process.cpuUsage();
  for (let used = 0; used < ms * 1000; ) {
    const now = process.cpuUsage();
    used = now.user + now.system - user - system;
  }
}

/** A thread that says its id, and that computes when it is told to for so much of its own processor time, by the kernel's finer count. */
const script = `
  const { parentPort } = require('node:worker_threads');
  const { readFileSync, readlinkSync } = require('node:fs');
  const ownMs = () => Number.parseInt(readFileSync('/proc/thread-self/schedstat', 'utf8'), 10) / 1e6;
  parentPort.on('message', (ms) => {
    for (const began = ownMs(); ownMs() - began < ms; );
    parentPort.postMessage('done');
  });
  parentPort.postMessage(readlinkSync('/proc/thread-self').split('/').at(-1));`;

const nextMessage = (from: Worker): Promise<string> => new Promise((resolve) => from.once('message', resolve));

test.runIf(isTold && existsSync('/proc/thread-self/schedstat'))('counts what one thread takes, and not what others do', async () => {
  worker = new Worker(script, { eval: true });
  const countMs = countProcessorTime(await nextMessage(worker));
  compute(300); // of this thread, for the most part
  expect(countMs()).toBeLessThan(100);
  worker.postMessage(300);
  await nextMessage(worker);
  expect(countMs()).toBeGreaterThanOrEqual(280);
  await worker.terminate();
  expect(countMs()).toBeGreaterThanOrEqual(0); // gone, or not yet
});

test.runIf(isTold)('a thread knows its own id', () => {
  expect(readFileSync(`/proc/self/task/${ownThreadId()}/stat`, 'utf8')).toContain(`${ownThreadId()} (`);
});

test.each([undefined, '0'])('counts the whole process where the system tells nothing of thread %s', (threadId) => {
  const countMs = countProcessorTime(threadId);
  expect(countMs()).toBeLessThan(100);
  compute(150);
  expect(countMs()).toBeGreaterThanOrEqual(150);
});
