import { expect, test } from 'vitest';
import { WorkQueue } from '../../../src/queue/work-queue.ts';

const never = new AbortController().signal;

test('lets one run and the others wait in the order they came', async () => {
  const queue = new WorkQueue({ limit: 2 });
  const order: string[] = [];
  const [a, b, c] = [queue.admit(never), queue.admit(never), queue.admit(never)];
  for (const [name, ticket] of Object.entries({ a, b, c })) void ticket.turn.then(() => order.push(name));
  expect(queue.state).toEqual({ running: 1, waiting: 2, limit: 2 });
  expect(c.ahead()).toBe(2);
  await a.turn;
  a.leave();
  await b.turn;
  expect(order).toEqual(['a', 'b']);
  b.leave();
  await c.turn;
  c.leave();
  expect(queue.state).toEqual({ running: 0, waiting: 0, limit: 2 });
});

test('refuses one more than may wait, with a time to come back', () => {
  const queue = new WorkQueue({ limit: 1 });
  queue.admit(never);
  queue.admit(never);
  expect(() => queue.admit(never)).toThrow(expect.objectContaining({ code: 'QUEUE_FULL', retryAfterMs: 1000 }));
});

test('a caller who gives up while waiting leaves the line and hears its own reason', async () => {
  const queue = new WorkQueue({ limit: 1 });
  const first = queue.admit(never);
  const abort = new AbortController();
  const second = queue.admit(abort.signal);
  const reason = new Error('enough');
  abort.abort(reason);
  await expect(second.turn).rejects.toBe(reason);
  expect(queue.state.waiting).toBe(0);
  first.leave();
  await queue.whenIdle();
});

test('leaving twice frees one place only', () => {
  const queue = new WorkQueue({ limit: 0 });
  const first = queue.admit(never);
  first.leave();
  first.leave();
  expect(queue.state.running).toBe(0);
  queue.admit(never);
  expect(queue.state.running).toBe(1);
});

test('after close newcomers are refused and the line still empties', async () => {
  const queue = new WorkQueue({ limit: 1 });
  const first = queue.admit(never);
  const second = queue.admit(never);
  queue.close();
  expect(() => queue.admit(never)).toThrow(expect.objectContaining({ code: 'DISPOSED' }));
  first.leave();
  await second.turn;
  const idle = queue.whenIdle();
  second.leave();
  await idle;
});

test('a ticket that passes lets those go first that wait, and is not refused where a newcomer is', async () => {
  const queue = new WorkQueue({ limit: 1 });
  const order: string[] = [];
  const long = queue.admit(never);
  await long.pass(); // nobody waits: its turn goes on
  expect(queue.state).toMatchObject({ running: 1, waiting: 0 });
  const other = queue.admit(never);
  void other.turn.then(() => order.push('other'));
  const again = long.pass().then(() => order.push('long'));
  expect(queue.state).toMatchObject({ running: 1, waiting: 1 });
  expect(long.ahead()).toBe(1);
  expect(() => queue.admit(never)).toThrow(expect.objectContaining({ code: 'QUEUE_FULL' }));
  await other.turn;
  expect(order).toEqual(['other']);
  other.leave();
  await again;
  expect(order).toEqual(['other', 'long']);
  long.leave();
  expect(queue.state).toMatchObject({ running: 0, waiting: 0 });
  await queue.whenIdle();
});

test('a ticket that gives up while it passes leaves the line with its own reason', async () => {
  const queue = new WorkQueue({ limit: 1 });
  const abort = new AbortController();
  const long = queue.admit(abort.signal);
  const other = queue.admit(never);
  const again = long.pass();
  abort.abort(new Error('enough'));
  await expect(again).rejects.toThrow('enough');
  expect(queue.state).toMatchObject({ running: 1, waiting: 0 });
  long.leave();
  expect(queue.state.running).toBe(1);
  other.leave();
});

test('a ticket that has to wait for something else leaves its turn to others meanwhile', async () => {
  const queue = new WorkQueue({ limit: 1 });
  let settle = (): void => {};
  const reader = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const long = queue.admit(never);
  const again = long.pass(reader);
  expect(queue.state).toMatchObject({ running: 0, waiting: 0 });
  const other = queue.admit(never);
  await other.turn;
  settle();
  await reader;
  other.leave();
  await again;
  expect(queue.state).toMatchObject({ running: 1, waiting: 0 });

  long.leave();

  const abort = new AbortController();
  const given = queue.admit(abort.signal);
  const waiting = given.pass(new Promise(() => {}));
  abort.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
});
