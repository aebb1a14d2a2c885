import { chmod, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FeatureStore } from '../../../src/model/feature-store.ts';
import type { Manifest } from '../../../src/model-files/manifest.ts';

// 2 tokens of 3 values: a file is 40 bytes of header and 24 of values.
const fileBytes = 64;
const features = Float32Array.of(1, -2.5, 3, 0, 5e-20, 6);

function manifest(weights = 'a'): Manifest {
  return {
    graphs: { vision: { file: 'vision.onnx', data: 'vision.onnx.data' } },
    files: { 'vision.onnx': { size: 1, sha256: 'graph' }, 'vision.onnx.data': { size: 1, sha256: weights } },
    precision: { vision: 'bfloat16', int8Limit: null },
    model: { hiddenSize: 3, image: { tokensPerTile: 2, tileSizePx: 8, patchSizePx: 4 } },
  } as unknown as Manifest;
}

let directory: string;
const open = (maxBytes = 1e6, model = manifest(), version = '1.27.0'): Promise<FeatureStore> =>
  FeatureStore.open({ directory, maxBytes }, model, version);
const onlyFile = async (): Promise<string> => join(directory, (await readdir(directory))[0] as string);

beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'h2ovl-features-')), 'features');
});

afterEach(async () => {
  await rm(join(directory, '..'), { recursive: true, force: true });
});

describe('FeatureStore', () => {
  it('gives back, bit for bit, what another process of the same model kept', async () => {
    await (await open()).set('tile', features);
    expect(await (await open()).get('tile')).toEqual(features);
  });

  it('misses a tile it was not given, and one of other weights, another runtime or another precision', async () => {
    await (await open()).set('tile', features);
    const store = await open();
    const other = { ...manifest(), precision: { vision: 'int8', int8Limit: 64 } } as Manifest;
    const misses = [
      store.get('other'),
      (await open(1e6, manifest('b'))).get('tile'),
      (await open(1e6, manifest(), '1.28.0')).get('tile'),
      (await open(1e6, other)).get('tile'),
    ];
    expect(await Promise.all(misses)).toEqual([undefined, undefined, undefined, undefined]);
    expect(await store.get('tile')).toEqual(features);
  });

  it.each([
    ['a flipped bit', (bytes: Buffer) => Buffer.from(bytes.map((byte, i) => (i === fileBytes - 1 ? byte ^ 1 : byte)))],
    ['a missing end', (bytes: Buffer) => bytes.subarray(0, fileBytes - 4)],
    ['another format', (bytes: Buffer) => Buffer.from(bytes.map((byte, i) => (i === 0 ? 0 : byte)))],
    ['nothing inside', () => Buffer.alloc(0)],
  ])('treats a file with %s as a miss and removes it', async (_, damage) => {
    const store = await open();
    await store.set('tile', features);
    const file = await onlyFile();
    await writeFile(file, damage(await readFile(file)));
    expect(await store.get('tile')).toBeUndefined();
    expect(await readdir(directory)).toEqual([]);
    await store.set('tile', features);
    expect(await store.get('tile')).toEqual(features);
  });

  it("does not take one tile's file for another's", async () => {
    const store = await open();
    await store.set('one', features);
    const first = await onlyFile();
    await store.set(
      'two',
      Float32Array.from(features, (value) => value + 1),
    );
    const second = join(directory, (await readdir(directory)).find((name) => !first.endsWith(name)) as string);
    await writeFile(second, await readFile(first));
    expect(await store.get('two')).toBeUndefined();
  });

  it('removes what was used longest ago when the budget is full, whoever wrote it', async () => {
    const store = await open(3 * fileBytes);
    const other = await open(3 * fileBytes, manifest('b'));
    await age(await keep(store, 'oldest'), 30);
    await age(await keep(other, 'of another model'), 20);
    await age(await keep(store, 'used again'), 40);
    expect(await store.get('used again')).toEqual(features); // its time stamp is now
    await keep(store, 'new');
    expect(await store.get('oldest')).toBeUndefined();
    expect(await other.get('of another model')).toEqual(features);
    expect(await store.get('used again')).toEqual(features);
    expect(await readdir(directory)).toHaveLength(3);
  });

  it('keeps nothing that is larger than the whole budget', async () => {
    const store = await open(fileBytes - 1);
    await store.set('tile', features);
    expect(await readdir(directory)).toEqual([]);
    const exact = await open(fileBytes);
    await exact.set('tile', features);
    expect(await exact.get('tile')).toEqual(features);
  });

  it('replaces a file without counting it twice', async () => {
    const store = await open(2 * fileBytes);
    await store.set('one', features);
    await store.set('two', features);
    await store.set('two', features);
    expect(await store.get('one')).toEqual(features);
  });

  it("removes abandoned files of its own, leaves those just being written and everybody else's", async () => {
    const store = await open();
    const [dead, young, foreign] = ['.x.features.tmp-aa', '.y.features.tmp-bb', 'letter.txt'].map((name) => join(directory, name));
    for (const file of [dead, young, foreign] as string[]) await writeFile(file, 'x');
    await age(dead as string, 7200);
    await age(foreign as string, 7200);
    await store.set('tile', features);
    expect((await readdir(directory)).filter((name) => !/^\w+\.features$/.test(name))).toEqual(['.y.features.tmp-bb', 'letter.txt']);
  });

  it('is whole for every reader while several write the same and other tiles', async () => {
    const stores = await Promise.all([open(20 * fileBytes), open(20 * fileBytes), open(20 * fileBytes)]);
    const work = stores.flatMap((store) =>
      Array.from({ length: 12 }, async (_, tile) => {
        await store.set(`tile ${tile}`, features);
        expect(await store.get(`tile ${tile}`)).toEqual(features);
      }),
    );
    await Promise.all(work);
    expect((await readdir(directory)).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('costs no answer when the folder is gone', async () => {
    const store = await open();
    await rm(directory, { recursive: true });
    await store.set('tile', features);
    expect(await store.get('tile')).toBeUndefined();
  });

  it.skipIf(process.platform === 'win32')('lets only the owner look in', async () => {
    const store = await open();
    await store.set('tile', features);
    expect(((await stat(directory)).mode & 0o777).toString(8)).toBe('700');
    expect(((await stat(await onlyFile())).mode & 0o777).toString(8)).toBe('600');
    await chmod(directory, 0o700);
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses a budget of %s', async (maxBytes) => {
    await expect(open(maxBytes)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(String(maxBytes)) });
  });

  it('says so when the folder cannot be made', async () => {
    await writeFile(directory, 'a file');
    await expect(open()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE', message: expect.stringContaining(directory) });
  });
});

async function keep(store: FeatureStore, tile: string): Promise<string> {
  const before = new Set(await readdir(directory));
  await store.set(tile, features);
  return join(directory, (await readdir(directory)).find((name) => !before.has(name)) as string);
}

async function age(file: string, seconds: number): Promise<void> {
  const then = new Date(Date.now() - seconds * 1000);
  await utimes(file, then, then);
}
