import { parentPort, workerData } from 'node:worker_threads';
import { makeRaster } from '../../tiles/raster.ts';
import type { Networks } from '../networks.ts';
import { lineHeight } from '../read/line-input.ts';
import { readPage } from '../read-page.ts';
import type { FromPageWorker, NetworkCall, PageWorkerStart, ToPageWorker } from './worker-protocol.ts';

/** The entry of the thread that works on pixels: it reads one page at a time and asks for runs of the networks. */
function main(): void {
  if (parentPort === null) throw new Error('This file is started as a worker thread by page-worker-link.');
  const port = parentPort;
  const { alphabet, hasQuickRecogniser } = workerData as PageWorkerStart;
  const waiting = new Map<number, (answer: Float32Array) => void>();
  let calls = 0;
  const send = (message: FromPageWorker, transfer: readonly ArrayBuffer[] = []): void => port.postMessage(message, transfer);
  const ask = (request: Omit<NetworkCall, 'type' | 'call'>): Promise<Float32Array> => {
    calls += 1;
    const call = calls;
    return new Promise((resolve) => {
      waiting.set(call, resolve);
      send({ type: 'run', call, ...request }, [request.data.buffer]);
    });
  };
  const networks: Networks = {
    detect: (data, width, height) => ask({ network: 'detector', data, width, height }),
    recognise: (data, width) => ask({ network: 'recogniser', data, width, height: lineHeight }),
    recogniseQuickly: hasQuickRecogniser
      ? (data, width) => ask({ network: 'quickRecogniser', data, width, height: lineHeight })
      : undefined,
  };
  port.on('message', async (message: ToPageWorker) => {
    if (message.type === 'answer') {
      waiting.get(message.call)?.(message.data);
      waiting.delete(message.call);
      return;
    }
    const { width, height, data } = message;
    try {
      send({ type: 'lines', lines: await readPage(makeRaster(width, height, data), { networks, alphabet }) });
    } catch (error) {
      send({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
    }
  });
}

main();
