import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { bundleScript } from '../../../dev/src/testing/bundle-script.ts';

const home = mkdtempSync(join(tmpdir(), 'h2ovl-koffi-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

it('says once, as a warning of the process, that the slower adapter computes because koffi was in use before', async () => {
  const index = await bundleScript(new URL('../../src/index.ts', import.meta.url));
  const code = `import koffi from 'koffi';
    await new Promise((resolve) => koffi.load(null).func('int getpid()').async(resolve));
    const { loadModel } = await import(${JSON.stringify(index.href)});
    for (let i = 0; i < 2; i += 1) {
      const model = await loadModel('nano');
      console.log((await model.info()).runtime.adapter);
      await model.dispose();
    }`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    cwd: fileURLToPath(new URL('.', index)),
    env: { ...process.env, H2OVL_HOME: home, H2OVL_RUNTIME: '' },
    encoding: 'utf8',
  });
  expect(stdout).toBe('worker\nworker\n');
  expect(stderr.match(/\[H2OVL_SLOW_ADAPTER\] PerformanceWarning: .*Load the first model before/g)).toHaveLength(1);
});
