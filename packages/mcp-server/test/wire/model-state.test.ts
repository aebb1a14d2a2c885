import { VisionError } from '@h2ovl/contract';
import { afterEach, expect, test } from 'vitest';
import type { Engine } from '../../src/engine.ts';
import { FakeModel, fakeOutputSchema } from '../helpers/fake-model.ts';
import { type RunningServer, runOnce, startHttp, waitUntil } from '../helpers/start-server.ts';

let server: RunningServer | undefined;
afterEach(() => server?.stop());

/** An engine whose loads end when the test says how. */
function heldEngine(): Engine & { readonly loads: ((outcome: FakeModel | Error) => void)[] } {
  const loads: ((outcome: FakeModel | Error) => void)[] = [];
  return {
    loads,
    load: () => () =>
      new Promise((resolve, reject) => {
        loads.push((outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome)));
      }),
    makeOutputSchema: fakeOutputSchema,
  };
}

async function status(): Promise<unknown> {
  return ((await (await fetch(`${server?.url}/health`)).json()) as { status: unknown }).status;
}

const ask = (): Promise<Response> =>
  fetch(`${server?.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'fake', messages: [{ role: 'user', content: 'Hello.' }] }),
  });

test('health says idle, loading, failed and ready, each at its time', async () => {
  const engine = heldEngine();
  server = await startHttp(engine);
  expect(await status()).toBe('idle');
  const first = ask();
  await waitUntil(() => engine.loads.length === 1);
  expect(await status()).toBe('loading');
  engine.loads[0]?.(new VisionError('MODEL_FILE_CORRUPT', 'decoder.bin is damaged.'));
  expect((await first).ok).toBe(false);
  expect(await status()).toBe('failed');
  const second = ask();
  await waitUntil(() => engine.loads.length === 2);
  expect(await status()).toBe('loading');
  engine.loads[1]?.(new FakeModel());
  expect((await second).status).toBe(200);
  expect(await status()).toBe('ready');
});

test('--preload loads before anybody asks, and a question joins that load', async () => {
  const engine = heldEngine();
  server = await startHttp(engine, ['--preload']);
  await waitUntil(() => engine.loads.length === 1);
  expect(await status()).toBe('loading');
  const answer = ask();
  engine.loads[0]?.(new FakeModel());
  expect((await answer).status).toBe(200);
  expect(engine.loads).toHaveLength(1);
});

test('a model that cannot be loaded: the client hears what, the owner reads where', async () => {
  const engine = heldEngine();
  server = await startHttp(engine);
  const answer = ask();
  await waitUntil(() => engine.loads.length === 1);
  engine.loads[0]?.(
    new VisionError('MODEL_NOT_FOUND', 'There is no folder /srv/secret/models/2b.', { hint: 'Look into /srv/secret/models.' }),
  );
  const text = await (await answer).text();
  expect(JSON.parse(text)).toMatchObject({ error: { code: 'MODEL_NOT_FOUND', message: expect.stringContaining('fake') } });
  expect(text).not.toContain('/srv');
  expect(server.log()).toContain('There is no folder /srv/secret/models/2b.');
});

test('a model that this machine does not have ends the start with its name and the next move', async () => {
  const missing = new VisionError('MODEL_NOT_FOUND', 'There is no folder /srv/gpt-4.', { hint: 'Pass one of nano, 0.8b, 2b.' });
  const engine: Engine = { ...heldEngine(), find: () => Promise.reject(missing) };
  for (const transport of [['--http', '--port', '0'], []]) {
    const { code, stderr } = await runOnce([...transport, '--model', 'gpt-4'], engine);
    expect([transport, code]).toEqual([transport, 2]);
    expect(stderr).toContain('--model gpt-4: There is no folder /srv/gpt-4. Pass one of nano, 0.8b, 2b.');
  }
});
