import { parentPort, workerData } from 'node:worker_threads';
import { VisionError } from '@h2ovl/contract';
import { OrtWorker } from './ort-worker-state.ts';
import type { WorkerReply, WorkerRequest, WorkerStart } from './worker-protocol.ts';

/** The entry of the worker thread: answers one request after the other. */
async function main(): Promise<void> {
  if (parentPort === null) throw new Error('This file is started as a worker thread by worker-runtime.');
  const port = parentPort;
  const busy = new Int32Array((workerData as WorkerStart).busy);
  const state = new OrtWorker();
  port.on('message', async (request: WorkerRequest) => {
    const { reply, transfer } = await state.answer(request).then(
      ({ value, transfer }) => ({ reply: { isOk: true, value } satisfies WorkerReply, transfer }),
      (error: unknown) => ({ reply: replyOf(error), transfer: [] }),
    );
    // No native code runs any more: an exit that waits on the main thread may go on.
    Atomics.store(busy, 0, 0);
    Atomics.notify(busy, 0);
    port.postMessage(reply, transfer);
    if (request.type === 'stop') port.close(); // nothing is left to listen for, so the thread ends by itself
  });
}

function replyOf(error: unknown): WorkerReply {
  if (error instanceof VisionError) return { isOk: false, code: error.code, message: error.message, hint: error.hint };
  const message = error instanceof Error ? error.message : String(error);
  return { isOk: false, code: 'SESSION_FAILED', message, hint: undefined };
}

await main();
