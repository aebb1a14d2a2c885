import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { bundleScript } from '../../../dev/src/testing/bundle-script.ts';

const home = mkdtempSync(join(tmpdir(), 'h2ovl-permission-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));
const permission = process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission';

const loadNano = "loadModel('nano').then((model) => model.dispose()).then(() => 'loaded')";
const useSchema = "Promise.resolve(jsonSchema({ type: 'string' })['~standard'].validate(1)).then(() => 'checked')";

/** Does something under Node's permission model with these permissions, as a program that knows VisionError would. */
async function run(work: string, ...flags: readonly string[]): Promise<string> {
  const index = await bundleScript(new URL('../../src/index.ts', import.meta.url));
  const code = `import { jsonSchema, loadModel, openDocument, probeDevices, VisionError } from ${JSON.stringify(index.href)};
    await ${work}.catch((error) => VisionError.isInstance(error) ? \`\${error.code}: \${error.message} \${error.hint}\` : 'RAW ' + error.stack)
      .then(console.log);`;
  const args = [permission, ...flags, '--input-type=module', '--no-warnings', '-e', code];
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: fileURLToPath(new URL('.', index)),
    env: { ...process.env, H2OVL_HOME: home },
    encoding: 'utf8',
    timeout: 60_000,
  });
  return stdout + stderr;
}

it.each([
  [['--allow-fs-read=*'], /^RUNTIME_UNAVAILABLE: .*--allow-worker|^RUNTIME_UNAVAILABLE: .*--allow-addons/],
  [['--allow-fs-read=*', '--allow-worker'], /^RUNTIME_UNAVAILABLE: .*--allow-addons/],
  [['--allow-fs-read=*', '--allow-addons'], /^STORAGE_UNAVAILABLE: .*--allow-fs-write/],
  [['--allow-fs-read=*', '--allow-addons', `--allow-fs-write=${home}`], /^loaded$/m],
])('with %j loading works or names the permission that is missing', async (flags, pattern) => {
  expect(await run(loadNano, ...flags)).toMatch(pattern);
});

it('without the permission to start processes no driver is tried, and the CPU computes', async () => {
  const probe = "probeDevices().then(({ chosen, devices }) => [chosen, devices[1].state, devices[1].notes[0]].join(' | '))";
  const flags = ['--allow-fs-read=*', '--allow-addons', `--allow-fs-write=${home}`];
  expect(await run(probe, ...flags)).toMatch(
    /^cpu \| untried \| The GPU's driver could not be tried in a process of its own: .*restricted/m,
  );
});

it('checking an answer needs a thread, and says so where none may be started', async () => {
  expect(await run(useSchema, '--allow-fs-read=*')).toMatch(/^RUNTIME_UNAVAILABLE: .*thread for schemas.*--allow-worker/);
  expect(await run(useSchema, '--allow-fs-read=*', '--allow-worker')).toMatch(/^checked$/m); // and the program comes to its end
});

it('decoding a picture names the permission that is missing, not the installation', async () => {
  const dot = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
  const render = `openDocument(Buffer.from('${dot}', 'base64')).then((document) => document.page(1)).then((page) => page.render()).then(() => 'drawn')`;
  expect(await run(render, '--allow-fs-read=*')).toMatch(/^RUNTIME_UNAVAILABLE: .*image decoders.*--allow-addons/);
});
