import { parentPort, workerData } from 'node:worker_threads';
import { makeRaster } from '../../tiles/raster.ts';
import { FloatMemory } from '../float-memory.ts';
import type { Networks } from '../networks.ts';
import type { NetworkName } from '../open-networks.ts';
import { lineHeight } from '../read/line-input.ts';
import { readPage } from '../read-page.ts';
import type { FromPageWorker, NetworkCall, PageWorkerStart, ToPageWorker } from './worker-protocol.ts';

/** The entry of the thread that works on pixels: it reads one page at a time and asks for runs of the networks. */
function main(): void {
  if (parentPort === null) throw new Error('This file is started as a worker thread by page-worker-link.');
  const port = parentPort;
  const { alphabet, hasQuickRecogniser } = workerData as PageWorkerStart;
  const waiting = new Map<number, (answer: Float32Array<ArrayBuffer>) => void>();
  const memory = new FloatMemory();
  let calls = 0;
  const send = (message: FromPageWorker, transfer: readonly ArrayBuffer[] = []): void => port.postMessage(message, transfer);
  const ask = (request: Omit<NetworkCall, 'type' | 'call' | 'answer'>, length: number): Promise<Float32Array<ArrayBuffer>> => {
    calls += 1;
    const call = calls;
    const answer = memory.take(length);
    return new Promise((resolve) => {
      waiting.set(call, resolve);
      send({ type: 'run', call, ...request, answer }, [request.data.buffer, answer.buffer]);
    });
  };
  const askWith =
    (network: NetworkName) =>
    (data: Float32Array<ArrayBuffer>, width: number): Promise<Float32Array<ArrayBuffer>> =>
      ask({ network, data, width, height: lineHeight }, (width / alphabet.columnPx) * alphabet.characters.length);
  const networks: Networks = {
    detect: (data, width, height) => ask({ network: 'detector', data, width, height }, width * height),
    recognise: askWith('recogniser'),
    recogniseQuickly: hasQuickRecogniser ? askWith('quickRecogniser') : undefined,
    memory,
  };
  port.on('message', async (message: ToPageWorker) => {
    if (message.type === 'answer') {
      memory.give(message.data);
      waiting.get(message.call)?.(message.answer);
      waiting.delete(message.call);
      return;
    }
    const { width, height, data } = message;
    try {
      const lines = await readPage(makeRaster(width, height, data), { networks, alphabet });
      send({ type: 'lines', lines, data }, [data.buffer]);
    } catch (error) {
      send({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
    }
  });
}

main();
