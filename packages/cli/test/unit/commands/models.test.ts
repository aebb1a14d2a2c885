import type { ConvertedModel } from '@h2ovl/core';
import { expect, it } from 'vitest';
import { runFake } from '../fake-world.ts';

function converted(name: string, source: string, sha256: string, precision = 'balanced'): ConvertedModel {
  const manifest = { precision: { name: precision }, source: { name: source, files: { 'model.safetensors': { sha256 } } } };
  return { name, directory: `/home/${name}`, sizeBytes: 1e6, lastUsedAt: '2026-01-02T03:04:05Z', manifest } as unknown as ConvertedModel;
}

const models = [
  converted('copy-1', 'copy', 'aa'),
  converted('fast-1', 'nano', 'aa', 'fast'),
  converted('nano-1', 'nano', 'aa'),
  converted('other-1', 'other', 'bb'),
];
const library = { listPulled: async () => [], listConverted: async () => models, cacheDirectory: () => '/home' };

it('lists one entry for a checkpoint and precision, with every path of it', async () => {
  const { stdout } = await runFake(['models'], library);
  expect(stdout.split('\n').map((line) => line.trimEnd().split(/ {2,}/))).toEqual([
    ['NAME', 'FORM', 'SIZE', 'ORIGIN', 'LAST USED', 'PATH'],
    ['copy-1', 'balanced', '1.0 MB', 'copy', '2026-01-02', '/home/copy-1'],
    ['nano-1', '1.0 MB', '2026-01-02', '/home/nano-1'],
    ['fast-1', 'fast', '1.0 MB', 'nano', '2026-01-02', '/home/fast-1'],
    ['other-1', 'balanced', '1.0 MB', 'other', '2026-01-02', '/home/other-1'],
    ['Total: 4.0 MB'],
    [''],
  ]);
});

it('tells programs which conversions are of the same checkpoint', async () => {
  const { models: listed } = JSON.parse((await runFake(['models', '--json'], library)).stdout);
  const [copy, fast, nano, other] = listed.map(({ checkpoint }: { readonly checkpoint: string }) => checkpoint);
  expect([fast, nano]).toEqual([copy, copy]);
  expect(other).not.toBe(copy);
});
