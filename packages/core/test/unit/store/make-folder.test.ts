import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { bundleScript } from '../../../../dev/src/testing/bundle-script.ts';
import { makeFolder } from '../../../src/store/make-folder.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'h2ovl-folder-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('makes every missing folder with its mode, and is content with one that is there', async () => {
  const path = join(folder, 'a', 'b', 'c');
  await Promise.all([makeFolder(path, { mode: 0o700 }), makeFolder(path, { mode: 0o700 }), makeFolder(join(folder, 'a', 'd'))]);
  await makeFolder(path);
  if (process.platform !== 'win32') expect((await stat(path)).mode & 0o777).toBe(0o700);
});

it('is refused with the reason below a file, and in place of one', async () => {
  await writeFile(join(folder, 'file'), '');
  await expect(makeFolder(join(folder, 'file', 'below'))).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  await expect(makeFolder(join(folder, 'file'))).rejects.toMatchObject({
    code: 'STORAGE_UNAVAILABLE',
    message: expect.stringContaining('a file has this name'),
  });
});

// In a process of its own: what tries for ever cannot be stopped from within.
it.runIf(existsSync('/proc/self'))('ends where the system says that an existing folder is not there', async () => {
  const source = await bundleScript(new URL('../../../src/store/make-folder.ts', import.meta.url));
  const script = `import { makeFolder } from ${JSON.stringify(source.href)};
    await makeFolder('/proc/h2ovl/deep').catch((error) => console.log(error.code));`;
  const options = { encoding: 'utf8', timeout: 20_000, killSignal: 'SIGKILL' } as const;
  const { stdout, signal } = spawnSync(process.execPath, ['--input-type=module', '-e', script], options);
  expect([signal, stdout.trim()]).toEqual([null, 'STORAGE_UNAVAILABLE']);
});
