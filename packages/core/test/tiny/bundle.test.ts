import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, expect, it } from 'vitest';
import { ownSource } from '../../../dev/src/testing/bundle-script.ts';
import { readablePages } from '../../../dev/src/testing/nano-samples.ts';

const package_ = join(import.meta.dirname, '../..');
// Inside the package, so that what stays outside the bundle is found.
const folder = join(package_, 'node_modules/.cache/h2ovl-test', `bundle-${process.pid}`);
const home = mkdtempSync(join(tmpdir(), 'h2ovl-bundle-'));
mkdirSync(folder, { recursive: true });
afterAll(() => {
  for (const path of [folder, home]) rmSync(path, { recursive: true, force: true });
});

const program = `
  import { loadModel } from '@h2ovl/core';
  (async () => {
    const model = await loadModel('nano');
    const { text } = await model.generate({ prompt: 'Read the text in the image.', images: [process.argv[2]] });
    console.log(JSON.stringify({ text, adapter: (await model.info()).runtime.adapter }));
    await model.dispose();
  })();
`;

// As the README says it: what is native, and the data package, stay outside.
it.each([
  ['esm', 'mjs'],
  ['cjs', 'cjs'],
] as const)('a program bundled to %s reads a page', async (format, extension) => {
  const outfile = join(folder, `program.${extension}`);
  await build({
    stdin: { contents: program, resolveDir: package_, loader: 'ts' },
    outfile,
    bundle: true,
    format,
    platform: 'node',
    target: 'node20',
    external: ['sharp', '@h2ovl/nano'],
    ...(format === 'esm' && {
      banner: { js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);" },
    }),
    logOverride: { 'empty-import-meta': 'silent' },
    plugins: [ownSource],
  });
  for (const adapter of ['ffi', 'worker']) {
    const env = { ...process.env, H2OVL_HOME: home, H2OVL_RUNTIME: adapter };
    const { stdout, stderr } = spawnSync(process.execPath, [outfile, readablePages[0].path], { env, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({ text: readablePages[0].answer, adapter });
  }
});
