import { expect, test } from 'vitest';
import { relayProgress } from '../../../src/generation/relay-progress.ts';

test('yields reports in order, also those of one turn, and returns what the work returns', async () => {
  const relay = relayProgress(
    'encode-image',
    async (report) => {
      report(1, 3);
      report(2, 3);
      await new Promise((resolve) => setImmediate(resolve));
      report(3, 3);
      return 'features';
    },
    () => {},
  );
  const done: number[] = [];
  let turn = await relay.next();
  for (; !turn.done; turn = await relay.next()) done.push(turn.value.done);
  expect(done).toEqual([1, 2, 3]);
  expect(turn.value).toBe('features');
});

test('rejects with the error of the work after its last report', async () => {
  const failure = new Error('bad tile');
  const relay = relayProgress(
    'encode-image',
    async (report) => {
      report(1, 2);
      throw failure;
    },
    () => {},
  );
  expect((await relay.next()).value).toMatchObject({ phase: 'encode-image', done: 1, total: 2 });
  await expect(relay.next()).rejects.toBe(failure);
});

test('cancels and waits when its reader leaves, and not when the work is done', async () => {
  let cancelled = 0;
  let end = (): void => {};
  const running = relayProgress(
    'prefill',
    (report) => {
      report(1, 2);
      return new Promise<void>((resolve) => {
        end = resolve;
      });
    },
    () => {
      cancelled += 1;
      end();
    },
  );
  await running.next();
  await running.return();
  expect(cancelled).toBe(1);

  const finished = relayProgress(
    'prefill',
    async (report) => report(1, 1),
    () => {
      cancelled += 1;
    },
  );
  await finished.next();
  await finished.return();
  expect(cancelled).toBe(1);
});
