import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { VisionClient } from '../../src/index.ts';
import { bareChunk, beginStream, chunk, endStream, startStubServer, writeData } from '../helpers/stub-server.ts';

const chunkCount = 2000;

describe('a long stream', () => {
  it('of 2,000 chunks arrives whole without piling up memory', async () => {
    await using server = await startStubServer((response) => {
      beginStream(response);
      for (let index = 0; index < chunkCount; index += 1) writeData(response, chunk({ content: `${index} ` }));
      endStream(response);
    });
    const before = process.memoryUsage().heapUsed;
    let peak = 0;
    let count = 0;
    const stream = new VisionClient({ baseURL: server.url }).model('nano').stream({ prompt: '' });
    for await (const event of stream) {
      if (event.type !== 'text-delta') continue;
      expect(event.delta).toBe(`${count} `);
      count += 1;
      peak = Math.max(peak, process.memoryUsage().heapUsed - before);
    }
    expect(count).toBe(chunkCount);
    expect(peak).toBeLessThan(60_000_000); // the text is 9 kB; the rest is garbage between two collections
  });

  it('is read to its end although its reader pauses or never comes back: the connection is let go and the result settles', async () => {
    const content = 'x'.repeat(1000);
    let written = 0;
    await using server = await startStubServer(async (response) => {
      beginStream(response);
      for (; written < chunkCount; written += 1) if (!writeData(response, chunk({ content }))) await once(response, 'drain');
      endStream(response);
    });
    const stream = new VisionClient({ baseURL: server.url }).model('nano').stream({ prompt: '' });
    const reader = stream.textStream[Symbol.asyncIterator]();
    await reader.next();
    expect((await stream.result).text).toHaveLength(chunkCount * 1000);
    expect(written).toBe(chunkCount);
    let length = 1000;
    for (let turn = await reader.next(); !turn.done; turn = await reader.next()) length += turn.value.length;
    expect(length).toBe(chunkCount * 1000);
  });

  it('that never ends is given up at a bound, in characters and in events', async () => {
    await using server = await startStubServer(async (response, request) => {
      beginStream(response);
      const isLong = request.body?.model === 'long';
      const data = isLong
        ? chunk({ content: 'x'.repeat(1_000_000) })
        : bareChunk({ h2ovl: { progress: { phase: 'prefill', done: 1, total: 2 } } });
      const line = `data: ${JSON.stringify(data)}\n\n`.repeat(isLong ? 1 : 1000);
      const closed = once(response, 'close');
      while (!response.destroyed)
        if (!response.write(line)) await Promise.race([new Promise((resolve) => response.once('drain', resolve)), closed]);
    });
    const client = new VisionClient({ baseURL: server.url });
    await expect(client.model('long').generate({ prompt: '' })).rejects.toMatchObject({
      code: 'RESPONSE_INVALID',
      message: expect.stringContaining('16000000 characters'),
    });
    await expect(client.model('many').generate({ prompt: '' })).rejects.toMatchObject({
      code: 'RESPONSE_INVALID',
      message: expect.stringContaining('200000 events'),
    });
    for (const { closed } of server.seen) await closed;
  });
});
