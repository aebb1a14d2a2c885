import { PassThrough } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LineTransport } from '../../../src/mcp/line-transport.ts';

let input: PassThrough;
let lines: string[];
let transport: LineTransport;
let isClosed: boolean;

beforeEach(async () => {
  input = new PassThrough();
  const output = new PassThrough();
  lines = [];
  isClosed = false;
  output.on('data', (chunk: Buffer) => lines.push(...chunk.toString().trim().split('\n')));
  transport = new LineTransport(input, output, 10_000);
  transport.onclose = () => {
    isClosed = true;
  };
  transport.onmessage = () => {};
  await transport.start();
});
afterEach(() => transport.close());

const request = (id: number): object => ({ jsonrpc: '2.0', id, method: 'ping' });
const answer = (id: number, text: string): Promise<void> => transport.send({ jsonrpc: '2.0', id, result: { text } });

test('requests with the same id are each waited for: a careless client in a pipe loses none', async () => {
  input.end(`${JSON.stringify(request(1))}\n${JSON.stringify(request(1))}\n`);
  await nextTurn();
  await answer(1, 'first');
  await nextTurn();
  expect(isClosed).toBe(false);
  await answer(1, 'second');
  expect(isClosed).toBe(true);
  expect(lines.map((line) => JSON.parse(line).result.text)).toEqual(['first', 'second']);
});

test('two batches that share an id, or have it twice, are both answered whole', async () => {
  input.write(`${JSON.stringify([request(1), request(2)])}\n${JSON.stringify([request(1), request(1)])}\n`);
  await nextTurn();
  for (const [id, text] of [
    [1, 'a'],
    [1, 'b'],
    [2, 'c'],
    [1, 'd'],
  ] as const)
    await answer(id, text);
  await nextTurn();
  expect(lines.map((line) => JSON.parse(line).map(({ id }: { id: number }) => id))).toEqual([
    [1, 2],
    [1, 1],
  ]);
});
