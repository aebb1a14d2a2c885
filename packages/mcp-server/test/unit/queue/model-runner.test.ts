import { expect, test } from 'vitest';
import { ModelHost } from '../../../src/queue/model-host.ts';
import { ModelRunner, type WorkEvent } from '../../../src/queue/model-runner.ts';
import { WorkQueue } from '../../../src/queue/work-queue.ts';
import { FakeModel, type FakeModelOptions, fakeImage, fakePages } from '../../helpers/fake-model.ts';

const never = new AbortController().signal;
const quiet = (): void => {};
const ask = { messages: [{ role: 'user', content: [{ type: 'image', image: fakeImage(0) }] }] } as const;

function makeRunner(options: FakeModelOptions = {}, maxSeconds = 60): { runner: ModelRunner; model: FakeModel } {
  const model = new FakeModel(options);
  const host = new ModelHost({ id: 'fake', load: async () => model, log: quiet });
  return { model, runner: new ModelRunner({ host, queue: new WorkQueue({ limit: 2 }), log: quiet, maxSeconds }) };
}

test('answers and reports waiting, tiles and tokens on the way', async () => {
  const { runner } = makeRunner();
  const first = runner.admit(never);
  const events: WorkEvent[] = [];
  const answer = runner.admit(never).run(ask, (event) => events.push(event));
  first.leave();
  expect((await answer).text).toBe(fakePages[0]);
  expect(events[0]).toEqual({ type: 'wait', ahead: 1 });
  expect(events).toContainEqual({ type: 'progress', phase: 'encode-image', done: 2, total: 3 });
  expect(events.flatMap((event) => (event.type === 'text-delta' ? [event.delta] : [])).join('')).toBe(fakePages[0]);
  expect(runner.queueState).toMatchObject({ running: 0, waiting: 0 });
});

test('an abort ends the run within a step with the caller’s reason and frees the place', async () => {
  const { runner, model } = makeRunner({ tokens: 10_000 });
  const abort = new AbortController();
  const run = runner.admit(abort.signal).run(ask, (event) => {
    if (event.type === 'text-delta') abort.abort(new Error('enough'));
  });
  await expect(run).rejects.toThrow('enough');
  expect([model.running, runner.queueState.running]).toEqual([0, 0]);
});

test('an answer that takes longer than allowed ends with SESSION_FAILED instead of blocking the line', async () => {
  const { runner } = makeRunner({ tokens: 10_000 }, 0.05);
  await expect(runner.admit(never).run(ask)).rejects.toMatchObject({ code: 'SESSION_FAILED' });
  expect(runner.queueState.running).toBe(0);
});

test('stop lets running work finish within its grace and then closes the model', async () => {
  const { runner, model } = makeRunner({ tokens: 5 });
  const run = runner.admit(never).run(ask);
  const stopped = runner.stop(5000);
  expect(() => runner.admit(never)).toThrow(expect.objectContaining({ code: 'DISPOSED' }));
  expect((await run).usage.outputTokens).toBe(5);
  await stopped;
  expect(model.disposals).toBe(1);
});

test('stop aborts what is not done after its grace', async () => {
  const { runner } = makeRunner({ tokens: 10_000 });
  const run = runner.admit(never).run(ask);
  await Promise.all([expect(run).rejects.toMatchObject({ code: 'DISPOSED' }), runner.stop(20)]);
});

test('a held place answers several times, and lets another request in between', async () => {
  const { runner, model } = makeRunner({ tokens: 2 });
  const place = runner.hold(never);
  const events: WorkEvent[] = [];
  await place.turn((event) => events.push(event));
  await place.run(ask, () => {});
  const other = runner.admit(never).run({ prompt: 'other' });
  await place.pass((event) => events.push(event));
  await other;
  await place.run(ask, () => {});
  expect(model.requests.map(({ prompt }) => prompt)).toEqual([undefined, 'other', undefined]);
  expect(events).toEqual([{ type: 'wait', ahead: 1 }]);
  expect(runner.queueState).toMatchObject({ running: 1, waiting: 0 });
  place.leave();
  expect(runner.queueState).toMatchObject({ running: 0, waiting: 0 });
});

test('an answer of a held place that takes too long fails alone: the next one may be asked', async () => {
  const { runner } = makeRunner({ tokens: 40, tokenMs: 5 }, 0.05);
  const place = runner.hold(never);
  await place.turn(() => {});
  await expect(place.run(ask, () => {})).rejects.toMatchObject({ code: 'SESSION_FAILED' });
  expect((await place.run({ ...ask, maxOutputTokens: 1 }, () => {})).text).toBe('word0');
  place.leave();
});
