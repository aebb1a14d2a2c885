import { mkdir, mkdtemp, open, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { writeMiniCheckpoint } from '../../../../dev/src/testing/mini-checkpoint.ts';
import { ensureConverted } from '../../../src/convert/ensure-converted.ts';
import { listConverted } from '../../../src/model-files/conversion-cache.ts';
import { pullModel } from '../../../src/model-files/download/pull-model.ts';
import { sealCopy } from '../../../src/model-files/packed-copies.ts';
import { pruneStore } from '../../../src/model-files/prune-store.ts';
import { listPulled, removeOriginals, removePulled } from '../../../src/model-files/pulled-models.ts';
import { checkConverted } from '../../../src/model-files/verified-files.ts';
import { verifyStore } from '../../../src/model-files/verify-store.ts';
import { thisProcess } from '../../../src/store/process-identity.ts';
import { temporaryName } from '../../../src/store/temporary-files.ts';

let folder: string;
let home: string;
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'h2ovl-care-'));
  await writeMiniCheckpoint(join(folder, 'mini'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(() => {
  count += 1;
  home = join(folder, `home-${count}`);
});

/** A home folder with one model, pulled from a folder and converted. */
async function furnish(): Promise<{ readonly pulled: string; readonly converted: string }> {
  const { directory } = await pullModel(join(folder, 'mini'), { home });
  const converted = await ensureConverted(directory, { home });
  return { pulled: directory, converted: converted.directory };
}

/** Flips one bit in place. */
async function flip(path: string, at = 100): Promise<void> {
  const file = await open(path, 'r+');
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, at);
  byte[0] = (byte[0] as number) ^ 1;
  await file.write(byte, 0, 1, at);
  await file.close();
}

/** A folder, and every folder and file below it. */
async function everythingIn(directory: string): Promise<string[]> {
  const names = await readdir(directory, { recursive: true });
  return [directory, ...names.map((name) => join(directory, name))];
}

const checkOnce = async (): Promise<void> => {
  const [model] = await listConverted(home);
  if (model?.manifest) await checkConverted(model.directory, model.manifest, { home });
};

describe('the care of the home folder', () => {
  it('lists what was pulled and converted, and keeps it to the user alone', async () => {
    const before = process.umask(0);
    try {
      await furnish();
    } finally {
      process.umask(before);
    }
    expect(await listPulled(home)).toMatchObject([{ name: 'mini', repository: null, hasWeights: true, sizeBytes: expect.any(Number) }]);
    expect(await listConverted(home)).toMatchObject([
      { name: expect.stringMatching(/^mini-balanced-64-/), lastUsedAt: expect.stringMatching(/^20/) },
    ]);
    for (const path of await everythingIn(home)) expect((await stat(path)).mode & 0o077, path).toBe(0);
    expect((await everythingIn(home)).length).toBeGreaterThan(15);
  });

  it('refuses a flipped bit in a converted file by its name, puts the folder aside and makes it again', async () => {
    const { pulled, converted } = await furnish();
    await checkOnce();
    const name = (await readdir(converted)).find((file) => file.startsWith('decoder') && !file.endsWith('.onnx')) as string;
    await flip(join(converted, name));
    await expect(checkOnce()).rejects.toMatchObject({
      code: 'MODEL_FILE_CORRUPT',
      file: join(converted, name),
      message: expect.stringMatching(/put aside as .*quarantine/),
    });
    expect(await readdir(join(home, 'quarantine'))).toHaveLength(1);
    expect((await ensureConverted(pulled, { home })).report).toBeDefined();
    await checkOnce();
  });

  it('hashes only what was written to since the last time', async () => {
    await furnish();
    const [model] = await listConverted(home);
    const seen: string[] = [];
    const onProgress = (progress: { readonly type: string }): void => void seen.push(progress.type);
    await checkConverted(model?.directory as string, model?.manifest as never, { home, onProgress });
    expect(seen).toEqual([]);
    await rm(join(home, 'verified'), { recursive: true });
    await checkConverted(model?.directory as string, model?.manifest as never, { home, onProgress });
    expect(seen).toContain('verify');
  });

  it('refuses a flipped bit in an original file when it is converted, and puts it aside', async () => {
    const { directory } = await pullModel(join(folder, 'mini'), { home });
    await flip(join(directory, 'model.safetensors'), 50_000);
    await expect(ensureConverted(directory, { home })).rejects.toMatchObject({
      code: 'MODEL_FILE_CORRUPT',
      file: join(directory, 'model.safetensors'),
    });
    expect((await readdir(join(home, 'quarantine'))).map((name) => name.replace(/^.*Z-/, ''))).toEqual(['model.safetensors']);
  });

  it('verifies everything, names what is damaged and puts it aside', async () => {
    const { pulled, converted } = await furnish();
    expect((await verifyStore([], { home })).map(({ damaged, isRecorded }) => [damaged, isRecorded])).toEqual([
      [[], true],
      [[], true],
    ]);
    await flip(join(pulled, 'model.safetensors'), 60_000);
    const graph = (await readdir(converted)).find((file) => file.startsWith('vision') && !file.endsWith('.onnx')) as string;
    await flip(join(converted, graph));
    const [first, second] = await verifyStore(['mini', (await listConverted(home))[0]?.name as string], { home });
    expect(first?.damaged).toMatchObject([{ file: join(pulled, 'model.safetensors'), quarantinedAs: expect.stringMatching(/quarantine/) }]);
    expect(second?.damaged).toMatchObject([{ file: join(converted, graph), quarantinedAs: expect.stringMatching(/quarantine/) }]);
    await expect(verifyStore(['nobody'], { home })).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
  });

  it('verifies the copies with packed weights, and puts aside the one that is damaged', async () => {
    const { converted } = await furnish();
    const copy = join(converted, 'prepacked', 'vision-0123456789abcdef');
    await mkdir(copy, { recursive: true });
    await writeFile(join(copy, 'vision.bin'), 'x'.repeat(1000));
    await sealCopy(copy);
    const [, whole] = await verifyStore([], { home });
    expect(whole?.damaged).toEqual([]);
    await flip(join(copy, 'vision.bin'));
    const [, damaged] = await verifyStore([], { home });
    expect(damaged?.files).toBe(whole?.files);
    expect(damaged?.damaged).toMatchObject([
      { file: join(copy, 'vision.bin'), quarantinedAs: expect.stringMatching(/vision-0123456789abcdef$/) },
    ]);
    expect(await readdir(join(converted, 'prepacked'))).toEqual([]);
    expect((await verifyStore([], { home })).flatMap((model) => model.damaged)).toEqual([]);
  });

  it('keeps converted models running when the original weights were removed, and says what other precisions need', async () => {
    const { pulled } = await furnish();
    const weightBytes = (await stat(join(pulled, 'model.safetensors'))).size;
    expect(await removeOriginals('mini', home)).toEqual({ freedBytes: weightBytes, toFetchAgainBytes: weightBytes });
    expect((await listPulled(home))[0]?.hasWeights).toBe(false);
    expect((await ensureConverted(pulled, { home })).report).toBeUndefined();
    await expect(ensureConverted(pulled, { home, precision: 'exact' })).rejects.toMatchObject({
      code: 'MODEL_NOT_FOUND',
      hint: expect.stringMatching(/Pull/),
    });
    expect((await verifyStore(['mini'], { home }))[0]?.damaged).toEqual([]);
    await removePulled('mini', home);
    expect(await listPulled(home)).toEqual([]);
    await expect(removePulled('mini', home)).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
  });

  it('prunes what nothing needs, and leaves what is used or being worked on', async () => {
    await furnish();
    await mkdir(join(home, 'quarantine'), { recursive: true });
    await writeFile(join(home, 'quarantine', 'x'), '12345');
    for (const name of ['given-up', 'running']) {
      await mkdir(join(home, 'downloads', name), { recursive: true });
      await writeFile(join(home, 'downloads', name, 'model.safetensors.part'), '123');
    }
    await writeFile(join(home, 'downloads', 'running.lock'), '{}');
    await mkdir(join(home, 'downloads', 'killed'));
    const dead = { ...thisProcess(), startedMs: -1e6, host: hostname(), id: 'x' };
    await writeFile(join(home, 'downloads', 'killed.lock'), JSON.stringify(dead));
    await mkdir(join(home, 'converted', 'broken'));
    const { pid, startedMs, world } = thisProcess();
    const [inWork, leftBehind, elsewhere] = [
      temporaryName('.mini.tmp-'),
      `.mini.tmp-${pid}-${startedMs - 1000}-${world}-aa`,
      `.mini.tmp-${pid}-1-0123456789ab-bb`,
    ];
    for (const name of [inWork, leftBehind, elsewhere]) await mkdir(join(home, 'converted', name));
    const found = (await pruneStore({ home, dryRun: true })).map(({ path, sizeBytes }) => [path.slice(home.length + 1), sizeBytes]);
    expect(found).toEqual([
      [join('quarantine', 'x'), 5],
      [join('downloads', 'given-up'), 3],
      [join('downloads', 'killed'), 0],
      [join('converted', leftBehind), 0],
      [join('converted', 'broken'), 0],
    ]);
    expect((await readFile(join(home, 'quarantine', 'x'))).length).toBe(5);
    await pruneStore({ home });
    expect(await pruneStore({ home, dryRun: true })).toEqual([]);
    expect(await listConverted(home)).toHaveLength(1);
    await pruneStore({ home, unusedDays: 0 });
    expect(await listConverted(home)).toHaveLength(0);
    // What another process fills is its own; one of another container cannot be asked, and is given a day.
    expect((await readdir(join(home, 'converted'))).filter((name) => name.startsWith('.')).sort()).toEqual([inWork, elsewhere].sort());
    await utimes(join(home, 'converted', elsewhere), 0, 0);
    expect((await pruneStore({ home })).map(({ path }) => path)).toEqual([join(home, 'converted', elsewhere)]);
  });
});
