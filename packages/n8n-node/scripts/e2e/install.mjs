import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { exists, installPackages, repoDir, run } from '../tools.mjs';

const cacheDir = path.join(repoDir, '.cache', 'n8n-e2e');

// n8n 2.36 and later need Node 24; the binary comes as a package of its own, without an install script.
const node = { name: `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`, version: '24.21.0' };
export const n8nVersion = '2.41.1';

/** Puts Node 24 and n8n into the cache folder, once; gives the folders of their commands. */
export async function installN8n() {
  const nodeDir = path.join(cacheDir, 'node24');
  const n8nDir = path.join(cacheDir, 'n8n');
  await once(nodeDir, `${node.name}@${node.version}`, () => installPackages(nodeDir, [`${node.name}@${node.version}`]));
  const nodeBin = path.join(nodeDir, 'node_modules', node.name, 'bin');
  await once(n8nDir, `n8n@${n8nVersion}`, async () => {
    await installPackages(n8nDir, [`n8n@${n8nVersion}`]);
    // The only native part without a binary in its package.
    await run('npm', ['rebuild', 'sqlite3', '--ignore-scripts=false'], { cwd: n8nDir });
  });
  return { nodeBin, n8nBin: path.join(n8nDir, 'node_modules', '.bin') };
}

async function once(dir, what, install) {
  const marker = path.join(dir, 'ready');
  if ((await exists(marker)) && (await readFile(marker, 'utf8')) === what) return;
  console.log(`Installing ${what} into ${path.relative(process.cwd(), dir)}; n8n takes 3 GB and about ten minutes, once`);
  await mkdir(dir, { recursive: true });
  await writeFile(path.join(dir, 'package.json'), '{"private":true}\n');
  await install();
  await writeFile(marker, what);
}
