import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleModel } from '../../../../src/model-files/download/bundle-model.ts';
import { pullModel } from '../../../../src/model-files/download/pull-model.ts';
import { locateModel } from '../../../../src/model-files/locate-model.ts';
import { PullFixture, repository, weights } from '../../../helpers/pull-fixture.ts';

let pull: PullFixture;
let folder: string;
let bundle: string;
beforeAll(async () => {
  pull = await PullFixture.open();
  await pullModel(repository, pull.options());
  folder = await mkdtemp(join(tmpdir(), 'h2ovl-bundle-'));
  bundle = join(folder, 'model.tar');
  await bundleModel(repository, bundle, { home: pull.home });
});
afterAll(async () => {
  await pull.close();
  await rm(folder, { recursive: true, force: true });
});

/** A home folder of a machine without a network. */
const otherHome = async (name: string): Promise<{ home: string; env: Record<string, string> }> => {
  const home = join(folder, name);
  await mkdir(home);
  return { home, env: { H2OVL_OFFLINE: '1' } };
};

describe('bundleModel and pullModel of a bundle', () => {
  it('carries a model to a machine without a network', async () => {
    const other = await otherHome('a');
    expect(await pullModel(bundle, other)).toMatchObject({ name: repository, repository, revision: pull.hub.commit, downloadedBytes: 0 });
    expect((await locateModel(repository, other.home)).type).toBe('checkpoint');
    expect((await readFile(join(other.home, 'models', 'someone--a-checkpoint', 'model.safetensors'))).equals(weights)).toBe(true);
    expect(await readdir(join(other.home, 'downloads'))).toEqual([]);
  });

  it('is a tar file that other programs read', () => {
    const { stdout } = spawnSync('tar', ['-tf', bundle], { encoding: 'utf8' });
    expect(stdout.trim().split('\n')).toEqual([
      'h2ovl-origin.json',
      'config.json',
      'model.safetensors',
      'tokenizer.model',
      'tokenizer_config.json',
    ]);
  });

  it('takes a folder too, and one that tar wrote', async () => {
    const other = await otherHome('b');
    await rm(join(folder, 'plain'), { recursive: true, force: true });
    await mkdir(join(folder, 'plain'));
    for (const name of ['config.json', 'tokenizer_config.json', 'tokenizer.model', 'model.safetensors']) {
      await writeFile(join(folder, 'plain', name), await readFile(join(pull.directory, name)));
    }
    const pulled = await pullModel(join(folder, 'plain'), other);
    expect(pulled).toMatchObject({ name: 'plain', repository: null, notices: [expect.stringMatching(/origin .* not known/)] });
    expect(await locateModel('plain', other.home)).toMatchObject({ type: 'checkpoint' });
    spawnSync('tar', ['-cf', join(folder, 'foreign.tar'), '-C', folder, 'plain']);
    expect(await pullModel(join(folder, 'foreign.tar'), other)).toMatchObject({ name: 'foreign' });
  });

  it('refuses a bundle with a flipped bit, naming the file, and keeps nothing of it', async () => {
    const bytes = await readFile(bundle);
    bytes[bytes.length - 20_000_000] = (bytes[bytes.length - 20_000_000] as number) ^ 1;
    await writeFile(join(folder, 'flipped.tar'), bytes);
    const other = await otherHome('c');
    await expect(pullModel(join(folder, 'flipped.tar'), other)).rejects.toMatchObject({
      code: 'MODEL_FILE_CORRUPT',
      file: 'model.safetensors',
    });
    expect(await readdir(join(other.home, 'downloads'))).toEqual([]);
    await expect(locateModel(repository, other.home)).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
  });

  it('refuses what is no bundle, or half of one', async () => {
    const other = await otherHome('d');
    await writeFile(join(folder, 'text.tar'), 'hello'.repeat(1000));
    await expect(pullModel(join(folder, 'text.tar'), other)).rejects.toMatchObject({ code: 'MODEL_FILE_CORRUPT' });
    await writeFile(join(folder, 'half.tar'), await readFile(bundle));
    await truncate(join(folder, 'half.tar'), 5_000_000);
    await expect(pullModel(join(folder, 'half.tar'), other)).rejects.toMatchObject({
      code: 'MODEL_FILE_CORRUPT',
      message: expect.stringMatching(/ends at byte/),
    });
  });

  it('refuses to bundle over a file, what is damaged, and what has no originals', async () => {
    await expect(bundleModel(repository, bundle, { home: pull.home })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(bundleModel('nobody/knows', join(folder, 'x.tar'), { home: pull.home })).rejects.toMatchObject({
      code: 'MODEL_NOT_FOUND',
    });
    await writeFile(join(pull.directory, 'config.json'), '{"model_type":"h2ovl_chaT"}');
    await expect(bundleModel(repository, join(folder, 'y.tar'), { home: pull.home })).rejects.toMatchObject({
      code: 'MODEL_FILE_CORRUPT',
      message: expect.stringMatching(/config\.json/),
    });
    expect((await readdir(folder)).filter((name) => name.includes('y.tar'))).toEqual([]);
  });
});
