import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type HttpServer, serveHttp } from '../../../src/http/serve-http.ts';
import { waitUntil } from '../../helpers/start-server.ts';

let server: HttpServer | undefined;
let client: Socket | undefined;
afterEach(async () => {
  client?.destroy();
  await server?.close(0);
});

/** A server that writes `chunkBytes` again and again, and what became of it. */
async function start(
  chunkBytes: number,
  pauseMs: number,
  writeTimeoutMs = 200,
): Promise<{ events: string[]; written: () => number; isStopped: () => boolean }> {
  const events: string[] = [];
  let written = 0;
  let isStopped = false;
  const app = {
    fetch: () =>
      new Response(
        new ReadableStream<Uint8Array>({
          async pull(controller) {
            await new Promise((resolve) => setTimeout(resolve, pauseMs));
            written += 1;
            controller.enqueue(new Uint8Array(chunkBytes));
          },
          cancel() {
            isStopped = true;
          },
        }),
      ),
  };
  server = await serveHttp(app, { host: '127.0.0.1', port: 0, writeTimeoutMs, log: (_level, event) => events.push(event) });
  return { events, written: () => written, isStopped: () => isStopped };
}

function ask(): Socket {
  const { port } = new URL(server?.url ?? '');
  const socket = connect(Number(port), '127.0.0.1');
  socket.on('error', () => {});
  socket.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  client = socket;
  return socket;
}

test('a client that stops reading is left after the time a write may take, and its work is stopped', async () => {
  const run = await start(1_000_000, 0);
  const socket = ask();
  socket.pause();
  const startedMs = performance.now();
  await waitUntil(run.isStopped, 120_000);
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(200);
  expect(run.events).toEqual(['client-stopped-reading']);
  socket.resume();
  await once(socket, 'close');
});

test('a client that reads slowly, and one whose answer takes its time, are not', async () => {
  const run = await start(10, 150);
  const socket = ask();
  let received = 0;
  socket.on('data', (data: Buffer) => {
    received += data.length;
  });
  await waitUntil(() => run.written() >= 8, 120_000); // six times the limit
  expect(received).toBeGreaterThan(70);
  expect([run.events, run.isStopped()]).toEqual([[], false]);
});

test('a client that pauses now and then keeps its connection', async () => {
  const run = await start(16_000, 0, 1000);
  const socket = ask();
  let received = 0;
  socket.on('data', (data: Buffer) => {
    received += data.length;
  });
  for (let round = 0; round < 4; round += 1) {
    socket.pause();
    await new Promise((resolve) => setTimeout(resolve, 500));
    socket.resume();
    const before = received;
    await waitUntil(() => received > before + 2_000_000, 120_000); // more than the buffers between hold, so that the server's writes go on
  }
  expect([run.events, run.isStopped()]).toEqual([[], false]);
});
