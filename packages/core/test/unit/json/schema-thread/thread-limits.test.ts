import { BroadcastChannel } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SchemaThread } from '../../../../src/json/schema-thread/schema-thread.ts';
import { useSchemaWorkerScript } from '../../../../src/json/schema-thread/worker-conversation.ts';
import { decodingProfile } from '../../../helpers/constraint-walks.ts';

// A thread that says nothing before it is told to: as on a machine on which it does not get on. The clock and the processor time are the test's.
const channelName = `${process.pid} thread-limits`;
const stuck = (isStarted: boolean): URL =>
  new URL(
    `data:text/javascript,${encodeURIComponent(`
    import { BroadcastChannel, parentPort } from 'node:worker_threads';
    new BroadcastChannel(${JSON.stringify(channelName)}).onmessage = ({ data }) => parentPort.postMessage(data);
    ${isStarted ? "parentPort.postMessage({ type: 'ready' });" : ''}`)}`,
  );

let usedMs = 0;
let countBegins = 0;
let thread: SchemaThread;
const channel = new BroadcastChannel(channelName);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  usedMs = 0;
  countBegins = 0;
  thread = new SchemaThread(() => {
    countBegins += 1;
    const before = usedMs;
    return () => usedMs - before;
  });
});
afterEach(async () => {
  await thread.stop();
  vi.useRealTimers();
});

const questions: Record<string, () => Promise<unknown>> = {
  validate: () => thread.validate({ type: 'string' }),
  prepare: () => thread.prepare({ type: 'string' }),
  check: () => thread.check({ type: 'string' }, 'a'),
  compile: () => thread.compile({ type: 'string' }, decodingProfile()),
};
const limits: readonly (readonly [name: string, limitMs: number, code: string])[] = [
  ['validate', 2000, 'INVALID_ARGUMENT'],
  ['prepare', 2000, 'INVALID_ARGUMENT'],
  ['check', 1000, 'INVALID_ARGUMENT'],
  ['compile', 10_000, 'SCHEMA_UNSUPPORTED'],
];

/** Asks, and waits until the thread has been asked. */
async function ask(name: string): Promise<{ outcome: unknown }> {
  const asked = { outcome: undefined as unknown };
  questions[name]?.().then(
    (value) => Object.assign(asked, { outcome: { value } }),
    (error: unknown) => Object.assign(asked, { outcome: error }),
  );
  await vi.waitUntil(() => countBegins === 2, { timeout: 120_000 }); // its start, and the question
  return asked;
}

test.each(limits)('%s is held to %i ms of processor time, whatever the clock says', async (name, limitMs, code) => {
  useSchemaWorkerScript(() => stuck(true));
  const asked = await ask(name);
  await vi.advanceTimersByTimeAsync(limitMs);
  expect(asked.outcome).toBeUndefined();
  usedMs = limitMs - 1;
  await vi.advanceTimersByTimeAsync(limitMs);
  expect(asked.outcome).toBeUndefined();
  usedMs = limitMs;
  await vi.advanceTimersByTimeAsync(50);
  expect(asked.outcome).toMatchObject({ code, message: expect.stringContaining(`more than ${limitMs} ms of processor time`) });
});

test('a good schema is taken however late the thread gets to it', async () => {
  useSchemaWorkerScript(() => stuck(true));
  const asked = await ask('validate');
  await vi.advanceTimersByTimeAsync(100_000);
  channel.postMessage({ type: 'answer' });
  await vi.waitUntil(() => asked.outcome !== undefined, { timeout: 120_000 });
  expect(asked.outcome).toEqual({ value: undefined });
});

test.each(['validate', 'prepare', 'check', 'compile'])('%s ends where the thread does not get on, and blames the machine', async (name) => {
  useSchemaWorkerScript(() => stuck(true));
  const asked = await ask(name);
  usedMs = 10;
  await vi.advanceTimersByTimeAsync(119_000);
  expect(asked.outcome).toBeUndefined();
  await vi.advanceTimersByTimeAsync(1000);
  expect(asked.outcome).toMatchObject({
    name: 'BusyError',
    code: 'QUEUE_FULL',
    message: 'The machine is too busy: the thread for schemas did not get on within 120 seconds.',
    hint: expect.stringContaining('Try again'),
    param: undefined,
  });
});

test('a thread that does not come to its start blames the machine, too, and the next question gets a new one', async () => {
  useSchemaWorkerScript(() => stuck(false));
  const first = thread.validate({}).catch((error: unknown) => error);
  await vi.waitUntil(() => countBegins === 1, { timeout: 120_000 });
  usedMs = 100_000; // whatever it did with it
  await vi.advanceTimersByTimeAsync(120_000);
  expect(await first).toMatchObject({ code: 'QUEUE_FULL' });
  useSchemaWorkerScript(() => stuck(true));
  countBegins = 0;
  const asked = await ask('validate');
  channel.postMessage({ type: 'answer' });
  await vi.waitUntil(() => asked.outcome !== undefined, { timeout: 120_000 });
  expect(asked.outcome).toEqual({ value: undefined });
});
