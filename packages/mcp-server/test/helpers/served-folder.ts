import { afterEach, beforeEach } from 'vitest';
import type { Engine } from '../../src/engine.ts';
import { type FakeModelOptions, fakeEngine } from './fake-model.ts';
import { connectClient, type TestClient } from './mcp-clients.ts';
import { makeFolder, type RunningServer, startHttp } from './start-server.ts';

/** A folder with two pages, and a client of a server over it. */
export interface ServedFolder {
  readonly path: string;
  readonly client: TestClient;
  /** Opens server and client, once a test. `args`: of the server. @default the folder as its root */
  start(engine?: FakeModelOptions | Engine, args?: readonly string[]): Promise<void>;
  /** Removes the folder under the running server. */
  remove(): Promise<void>;
}

/** Gives each test of a file a folder of its own, which is closed and removed after it. */
export function useServedFolder(): ServedFolder {
  let folder: Awaited<ReturnType<typeof makeFolder>>;
  let server: RunningServer;
  let client: TestClient;
  beforeEach(async () => {
    folder = await makeFolder();
  });
  afterEach(async () => {
    await client.close();
    await server.stop();
    await folder.remove();
  });
  return {
    get path() {
      return folder.path;
    },
    get client() {
      return client;
    },
    async start(engine = {}, args = ['--root', folder.path]) {
      server = await startHttp('load' in engine ? engine : fakeEngine(engine), args);
      client = await connectClient('v2 2026-07-28', { url: server.url });
    },
    remove: () => folder.remove(),
  };
}
