import { VisionError } from '@h2ovl/contract';
import { writeError } from '@h2ovl/contract/wire';
import { expect, test } from 'vitest';
import { type EventSink, type EventStreamOptions, eventStream } from '../../../src/http/event-stream.ts';

const describeError = (error: unknown) => writeError(error as VisionError);
const start = (run: (sink: EventSink) => Promise<void>, more: Partial<EventStreamOptions> = {}): Promise<Response> =>
  eventStream({ run, onCancel: () => {}, describeError, statusAfterMs: 60_000, ...more });

test('what fails before the first event is thrown, and so has a status; what fails later is the last event', async () => {
  const failure = new VisionError('PAGE_NOT_FOUND', 'No such page.');
  await expect(start(() => Promise.reject(failure))).rejects.toBe(failure);
  const late = await start(async ({ send }) => {
    send({ type: 'document' });
    throw failure;
  });
  expect((await late.text()).split('\n\n')).toEqual(['data: {"type":"document"}', expect.stringContaining('PAGE_NOT_FOUND'), '']);
});

test('a first event that takes its time does not hold the headers for ever; signs of life follow', async () => {
  let finish = (): void => {};
  const done = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const response = await start(() => done, { statusAfterMs: 1, heartbeatMs: 1 });
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  let text = '';
  while (text.split(': working').length < 4) text += new TextDecoder().decode((await reader.read()).value);
  finish();
  for (let part = await reader.read(); !part.done; part = await reader.read()) text += new TextDecoder().decode(part.value);
  expect(text).toMatch(/^(: working\n\n)+data: \[DONE\]\n\n$/);
});

test('a reader far behind is waited for, until it reads or goes', async () => {
  const page = 'x'.repeat(9_000_000);
  const seen: string[] = [];
  let hasGone = false;
  const response = await start(
    async ({ send, behind }) => {
      for (const name of ['first', 'second', 'third', 'fourth']) {
        send({ name, page });
        seen.push(name);
        await behind();
      }
    },
    { onCancel: () => (hasGone = true) },
  );
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  await turn();
  expect(seen).toEqual(['first', 'second']); // 18 MB are more than may wait
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  await reader.read();
  await turn();
  expect(seen).toEqual(['first', 'second', 'third']);
  await reader.cancel();
  await turn();
  expect([seen, hasGone]).toEqual([['first', 'second', 'third', 'fourth'], true]);
});
