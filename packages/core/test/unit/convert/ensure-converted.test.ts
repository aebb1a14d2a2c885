import { appendFile, mkdir, mkdtemp, readdir, rename, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { writeMiniCheckpoint } from '../../../../dev/src/testing/mini-checkpoint.ts';
import { ensureConverted } from '../../../src/convert/index.ts';
import { conversionDirectory, findConversions, listConverted, removeConverted } from '../../../src/model-files/conversion-cache.ts';
import { StagedDirectory } from '../../../src/store/staged-directory.ts';

let root: string;
let source: string;
let home: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'h2ovl-ensure-'));
  source = join(root, 'my model');
  home = join(root, 'home');
  await writeMiniCheckpoint(source);
});
beforeEach(() => rm(home, { recursive: true, force: true }));
afterAll(() => rm(root, { recursive: true, force: true }));

describe('ensureConverted', () => {
  it('converts at first use and finds the result afterwards', async () => {
    const first = await ensureConverted(source, { home });
    const second = await ensureConverted(source, { home });
    expect(first.report).toBeDefined();
    expect(second).toEqual({ directory: first.directory, manifest: first.manifest, report: undefined });
    expect(await readdir(dirname(first.directory))).toHaveLength(1); // no lock, no temporary folder
  });

  it('keeps precisions apart', async () => {
    const exact = await ensureConverted(source, { home, precision: 'exact' });
    const balanced = await ensureConverted(source, { home, precision: 'balanced' });
    const wide = await ensureConverted(source, { home, precision: 'balanced', int8Limit: 127 });
    expect(new Set([exact.directory, balanced.directory, wide.directory]).size).toBe(3);
    expect(wide.manifest.precision.int8Limit).toBe(127);
  });

  it('converts again when a file of the checkpoint changed, appeared or was touched', async () => {
    await ensureConverted(source, { home });
    await appendFile(join(source, 'config.json'), '\n');
    expect((await ensureConverted(source, { home })).report).toBeDefined();
    await utimes(join(source, 'model.safetensors'), 1, 1);
    expect((await ensureConverted(source, { home })).report).toBeDefined();
    expect((await ensureConverted(source, { home })).report).toBeUndefined();
  });

  it('converts again when a converted file was cut off', async () => {
    const { directory } = await ensureConverted(source, { home });
    await truncate(join(directory, 'vision.onnx.data'), 10);
    expect((await ensureConverted(source, { home })).report).toBeDefined();
  });

  it('converts again where an interrupted removal left a folder without its manifest', async () => {
    const { directory } = await ensureConverted(source, { home });
    await rm(join(directory, 'manifest.json'));
    expect((await ensureConverted(source, { home })).report).toBeDefined();
    expect((await ensureConverted(source, { home })).report).toBeUndefined();
  });

  it('lets one of two at once convert; the other says that it waits, and then uses the result', async () => {
    const waits: string[] = [];
    const onProgress = (progress: { type: string; reason?: string }): void => {
      if (progress.type === 'wait') waits.push(progress.reason as string);
    };
    const results = await Promise.all([ensureConverted(source, { home, onProgress }), ensureConverted(source, { home, onProgress })]);
    expect(results.filter(({ report }) => report !== undefined)).toHaveLength(1);
    expect(waits).toEqual([`Process ${process.pid} is converting this checkpoint.`]);
  });

  it('takes over from a process that died', async () => {
    const directory = await conversionDirectory(source, 'exact', home);
    await mkdir(dirname(directory), { recursive: true });
    await writeFile(`${directory}.lock`, JSON.stringify({ pid: 999_999_999, host: hostname(), id: 'gone' }));
    expect((await ensureConverted(source, { home })).report).toBeDefined();
  });

  it('gives the lock back when the conversion fails', async () => {
    const onProgress = (): void => {
      throw new Error('stop here');
    };
    await expect(ensureConverted(source, { home, onProgress })).rejects.toThrow('stop here');
    expect(await readdir(join(home, 'converted'))).toEqual([]);
    expect((await ensureConverted(source, { home })).report).toBeDefined();
  });

  it('takes over the folder of an earlier version, whose name was shorter', async () => {
    const { directory } = await ensureConverted(source, { home });
    const earlier = directory.slice(0, -22); // ten digits of the key instead of 32
    await rename(directory, earlier);
    expect(await ensureConverted(source, { home })).toMatchObject({ directory, report: undefined });
    expect(await readdir(dirname(directory))).toEqual([basename(directory)]);
    // One that does not fit the checkpoint any more is replaced, not left behind.
    await rename(directory, earlier);
    await utimes(join(source, 'model.safetensors'), 2, 2);
    expect((await ensureConverted(source, { home })).report).toBeDefined();
    expect(await readdir(dirname(directory))).toEqual([basename(directory)]);
  });

  it('takes a checkpoint with a name as long as names may be', async () => {
    const long = join(root, 'x'.repeat(250));
    await writeMiniCheckpoint(long);
    expect((await ensureConverted(long, { home })).report).toBeDefined();
    expect((await ensureConverted(long, { home })).report).toBeUndefined();
  });

  it('refuses a cache below a regular file', async () => {
    await expect(ensureConverted(source, { home: join(source, 'config.json') })).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  });
});

describe('the cache of conversions', () => {
  it('is listed with sizes and removed by name or as a whole', async () => {
    expect(await listConverted(home)).toEqual([]);
    const { directory, manifest } = await ensureConverted(source, { home, precision: 'exact' });
    await ensureConverted(source, { home });
    const models = await listConverted(home);
    expect(models.map(({ name }) => name.replace(/-[0-9a-f]{32}$/, ''))).toEqual(['my_model-balanced-64', 'my_model-exact']);
    const exact = models.find((model) => model.directory === directory);
    const files = Object.values(manifest.files).reduce((sum, { size }) => sum + size, 0);
    expect(exact?.sizeBytes).toBeGreaterThan(files);
    expect(exact?.manifest).toEqual(manifest);
    expect(await removeConverted(exact?.name, home)).toBe(exact?.sizeBytes);
    await expect(removeConverted('my_model', home)).rejects.toMatchObject({
      code: 'MODEL_NOT_FOUND',
      hint: expect.stringContaining('balanced'),
    });
    expect(await removeConverted(undefined, home)).toBeGreaterThan(0);
    expect(await listConverted(home)).toEqual([]);
  });

  it('finds every form that was made of a checkpoint as it is now, at one precision', async () => {
    const form = { device: 'webgpu', values: 'float32', attention: 'fused' } as const;
    const cpu = await ensureConverted(source, { home });
    const gpu = await ensureConverted(source, { home, form });
    await ensureConverted(source, { home, precision: 'exact' });
    const found = await findConversions(source, 'balanced', home);
    expect(found.map(({ directory }) => directory).sort()).toEqual([cpu.directory, gpu.directory].sort());
    await utimes(join(source, 'model.safetensors'), 3, 3);
    expect(await findConversions(source, 'balanced', home)).toEqual([]);
  });

  it('shows a damaged folder without a manifest, so that it can be removed', async () => {
    await mkdir(join(home, 'converted', 'broken'), { recursive: true });
    expect(await listConverted(home)).toMatchObject([{ name: 'broken', manifest: undefined, sizeBytes: 0 }]);
  });
});

describe('StagedDirectory', () => {
  it('says how much is needed and how much is free before anything is written', async () => {
    await mkdir(home);
    await expect(StagedDirectory.create(join(home, 'out'), 1e15, 'manifest.json', 'owner')).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
      message: expect.stringMatching(/takes 1,040,000,001 MB; .* has [\d,]+ MB free/),
    });
    expect(await readdir(home)).toEqual([]);
  });
});
