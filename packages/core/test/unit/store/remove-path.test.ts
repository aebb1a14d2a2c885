import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { removePath } from '../../../src/store/remove-path.ts';

it('removes a folder with all in it, and takes one that is not there for removed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'h2ovl-remove-'));
  await writeFile(join(folder, 'a'), '');
  await removePath(folder);
  await removePath(folder);
});

// Not even the administrator may remove this one.
it.runIf(process.platform === 'linux')('says in words what cannot be removed', async () => {
  await expect(removePath('/proc/self/status')).rejects.toMatchObject({
    code: 'STORAGE_UNAVAILABLE',
    message: expect.stringMatching(/^Cannot remove \/proc\/self\/status: /),
  });
});
