import { VisionError } from '@h2ovl/contract';
import { BodyBudget } from '../../src/bodies/read-body.ts';
import { createHttpApp } from '../../src/http/create-http-app.ts';
import { serveHttp } from '../../src/http/serve-http.ts';
import { ModelHost } from '../../src/queue/model-host.ts';
import { ModelRunner } from '../../src/queue/model-runner.ts';
import { WorkQueue } from '../../src/queue/work-queue.ts';
import { FakeModel, fakeOutputSchema } from './fake-model.ts';

/** A server whose answers fail, each once `fail` is called: its status is sent after a few milliseconds. */
export interface LateServer {
  readonly url: string;
  readonly model: FakeModel;
  /** Lets the work under way fail. */
  fail(): void;
  close(): Promise<void>;
}

export const lateFailure: VisionError = new VisionError('IMAGE_UNREADABLE', 'The picture is damaged.', { hint: 'Send another.' });

/** Starts one. `guards` are those of `localhost` without a token. */
export async function startLateServer(options: { readonly failure?: unknown; readonly statusAfterMs?: number } = {}): Promise<LateServer> {
  let waiting: (() => void)[] = [];
  const gate = (): Promise<void> => new Promise((resolve) => waiting.push(resolve));
  const model = new FakeModel({ gate, failure: 'failure' in options ? options.failure : lateFailure });
  const log = (): void => {};
  const host = new ModelHost({ id: 'fake', load: async () => model, log });
  const app = createHttpApp({
    runner: new ModelRunner({ host, queue: new WorkQueue({ parallel: 4 }), log }),
    makeOutputSchema: fakeOutputSchema,
    log,
    maxBodyBytes: 1024 * 1024,
    bodies: new BodyBudget(8 * 1024 * 1024),
    statusAfterMs: options.statusAfterMs ?? 5,
    heartbeatMs: 20,
    mcp: { fetch: async () => new Response(null, { status: 404 }) },
    guards: { host: '127.0.0.1', allowedHosts: [], allowedOrigins: [], token: undefined },
  });
  const server = await serveHttp(app, { host: '127.0.0.1', port: 0, log });
  return {
    url: server.url,
    model,
    fail: () => {
      const failing = waiting;
      waiting = [];
      for (const go of failing) go();
    },
    close: () => server.close(0),
  };
}
