import type { GenerateOptions } from '@h2ovl/contract';
import { expect, test } from 'vitest';
import { documentModel } from '../../../src/mcp/document-model.ts';
import { ModelHost } from '../../../src/queue/model-host.ts';
import { ModelRunner } from '../../../src/queue/model-runner.ts';
import { WorkQueue } from '../../../src/queue/work-queue.ts';
import { FakeModel } from '../../helpers/fake-model.ts';

const quiet = (): void => {};
const never = new AbortController().signal;

function start(options: { readonly limit: number }): {
  readonly model: FakeModel;
  readonly queue: WorkQueue;
  readonly runner: ModelRunner;
} {
  const model = new FakeModel({ text: 'read', tokenMs: 0 });
  const queue = new WorkQueue({ ...options, parallel: 1 });
  const runner = new ModelRunner({ host: new ModelHost({ id: 'fake', load: async () => model, log: quiet }), queue, log: quiet });
  return { model, queue, runner };
}

const ask = (prompt: string): GenerateOptions<unknown> => ({ prompt, images: [] });

async function readPage(model: ReturnType<typeof documentModel>, prompt: string): Promise<void> {
  for await (const _ of model.stream(ask(prompt)));
}

test('a document that has begun is not refused in its middle, and others go first between its pages', async () => {
  const { model, queue, runner } = start({ limit: 1 });
  const document = documentModel(runner, never, quiet);
  expect(queue.state).toMatchObject({ running: 0, waiting: 0 }); // nothing is taken before a page needs it
  await readPage(document, 'page 1');
  expect(queue.state).toMatchObject({ running: 0, waiting: 0 }); // out of the line between two pages
  const others = ['first', 'second'].map((name) => runner.admit(never).run(ask(name)));
  expect(() => runner.admit(never)).toThrow('the queue is full');
  await readPage(document, 'page 2');
  await Promise.all(others);
  expect(model.requests.map(({ prompt }) => prompt)).toEqual(['page 1', 'first', 'second', 'page 2']);
  document.leave();
  expect(queue.state).toMatchObject({ running: 0, waiting: 0 });
});

test('a document is refused before its first page', async () => {
  const { queue, runner } = start({ limit: 0 });
  const held = queue.admit(never);
  const document = documentModel(runner, never, quiet);
  await expect(readPage(document, 'page 1')).rejects.toMatchObject({ code: 'QUEUE_FULL' });
  document.leave();
  held.leave();
});

test('a caller who gives up between two pages, or leaves while a page waits, has left the queue', async () => {
  const { queue, runner } = start({ limit: 1 });
  const stop = new AbortController();
  const document = documentModel(runner, stop.signal, quiet);
  await readPage(document, 'page 1');
  const held = queue.admit(never);
  const second = readPage(document, 'page 2');
  await new Promise((resolve) => setImmediate(resolve));
  expect(queue.state.waiting).toBe(1);
  stop.abort(new Error('enough'));
  await expect(second).rejects.toThrow('enough');
  expect(queue.state.waiting).toBe(0);
  document.leave();
  held.leave();
  expect(queue.state).toMatchObject({ running: 0, waiting: 0 });
});

test('work that needs the model in any case is refused before it begins, and what is known of the model is asked in its turn', async () => {
  const { queue, runner } = start({ limit: 0 });
  const held = queue.admit(never);
  const refused = documentModel(runner, never, quiet);
  expect(() => refused.reserve()).toThrow('the queue is full');
  held.leave();
  const document = documentModel(runner, never, quiet);
  document.reserve();
  expect(() => runner.admit(never)).toThrow('the queue is full');
  expect(await document.info?.()).toMatchObject({ maxTiles: 6 });
  document.leave();
  expect(queue.state).toMatchObject({ running: 0, waiting: 0 });
});
