import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { VisionClient } from '../../src/index.ts';
import { beginStream, chunk, endStream, startStubServer, writeData } from '../helpers/stub-server.ts';

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

  it('is pulled: a reader that pauses makes the server wait', async () => {
    let written = 0;
    await using server = await startStubServer(async (response) => {
      beginStream(response);
      const content = 'x'.repeat(16_000);
      for (; written < chunkCount; written += 1) if (!writeData(response, chunk({ content }))) await once(response, 'drain');
      endStream(response);
    });
    const stream = new VisionClient({ baseURL: server.url }).model('nano').stream({ prompt: '' });
    let length = 0;
    for await (const delta of stream.textStream) {
      if (length === 0) {
        await new Promise((resolve) => setTimeout(resolve, 300));
        expect(written).toBeLessThan(chunkCount); // 32 MB do not fit into the buffers of two sockets
      }
      length += delta.length;
    }
    expect(length).toBe(chunkCount * 16_000);
  });
});
