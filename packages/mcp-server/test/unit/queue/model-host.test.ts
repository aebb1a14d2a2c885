import { VisionError } from '@h2ovl/contract';
import { expect, test } from 'vitest';
import type { ModelLoader } from '../../../src/engine.ts';
import { ModelHost } from '../../../src/queue/model-host.ts';
import { FakeModel } from '../../helpers/fake-model.ts';

const never = new AbortController().signal;
const quiet = (): void => {};

function makeHost(load: ModelLoader): ModelHost {
  return new ModelHost({ id: 'fake', load, log: quiet });
}

test('loads once for all who ask at the same time, and tells each of them how far it is', async () => {
  let loads = 0;
  const host = makeHost(async ({ onProgress }) => {
    loads += 1;
    await Promise.resolve();
    onProgress({ type: 'session', name: 'decoder', done: 1, total: 2 });
    return new FakeModel();
  });
  const seen: string[] = [];
  expect(host.state).toBe('idle');
  const [a, b] = await Promise.all([host.open(never, () => seen.push('a')), host.open(never, () => seen.push('b'))]);
  expect(a).toBe(b);
  expect([loads, seen, host.state]).toEqual([1, ['a', 'b'], 'ready']);
});

test('reports a failed load to everyone and tries again on the next call', async () => {
  let loads = 0;
  const host = makeHost(async () => {
    loads += 1;
    if (loads === 1) throw new VisionError('MODEL_NOT_FOUND', 'No checkpoint there.');
    return new FakeModel();
  });
  const calls = await Promise.allSettled([host.open(never, quiet), host.open(never, quiet)]);
  expect(calls.map((call) => call.status)).toEqual(['rejected', 'rejected']);
  expect(host.state).toBe('failed');
  await expect(host.open(never, quiet)).resolves.toBeInstanceOf(FakeModel);
  expect(loads).toBe(2);
});

test('one caller who gives up does not stop the load of the others', async () => {
  let finish = (_model: FakeModel): void => {};
  const host = makeHost(
    () =>
      new Promise((resolve) => {
        finish = resolve;
      }),
  );
  const abort = new AbortController();
  const impatient = host.open(abort.signal, quiet);
  const patient = host.open(never, quiet);
  abort.abort(new Error('enough'));
  await expect(impatient).rejects.toThrow('enough');
  finish(new FakeModel());
  await expect(patient).resolves.toBeInstanceOf(FakeModel);
});

test('dispose closes the model once, aborts a running load, and refuses later calls', async () => {
  const model = new FakeModel();
  const host = makeHost(async () => model);
  await host.open(never, quiet);
  await host.dispose();
  await host.dispose();
  expect(model.disposals).toBe(1);
  await expect(host.open(never, quiet)).rejects.toMatchObject({ code: 'DISPOSED' });

  const slow = makeHost(({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))));
  const waiting = slow.open(never, quiet);
  await slow.dispose();
  await expect(waiting).rejects.toMatchObject({ code: 'DISPOSED' });
});
