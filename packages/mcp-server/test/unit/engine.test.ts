import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { coreEngine } from '../../src/engine.ts';
import type { ServerConfig } from '../../src/server-config.ts';

const home = mkdtempSync(join(tmpdir(), 'h2ovl-engine-'));
vi.stubEnv('H2OVL_HOME', home);
afterAll(() => rmSync(home, { recursive: true, force: true }));

test('a model that is not here is to be got with a command, which a server has where the library has a function', async () => {
  const load = coreEngine.load({ model: '2b', parallelAnswers: 1, threads: undefined } as ServerConfig);
  await expect(load({ signal: new AbortController().signal, onProgress: () => {} })).rejects.toMatchObject({
    code: 'MODEL_NOT_FOUND',
    hint: 'Get it once: npx h2ovl pull 2b',
  });
});

test('a device with a name that is none is refused before the server listens', async () => {
  const config = { model: 'nano', transport: 'http', device: 'gpu2' } as ServerConfig;
  await expect(coreEngine.checkDevice?.(config)).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    hint: expect.stringContaining('webgpu:vision'),
  });
  await expect(coreEngine.checkDevice?.({ ...config, device: 'cpu' })).resolves.toBeUndefined();
});
