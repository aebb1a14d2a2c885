import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { locateModel } from '../../../src/model-files/locate-model.ts';
import { cacheDirectory } from '../../../src/store/cache-directory.ts';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'h2ovl-locate-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

async function folder(name: string, file?: string): Promise<string> {
  const path = join(home, name);
  await mkdir(path, { recursive: true });
  if (file !== undefined) await writeFile(join(path, file), '{}');
  return path;
}

describe('locateModel', () => {
  it('finds nano in its package', async () => {
    expect(await locateModel('nano')).toMatchObject({
      type: 'checkpoint',
      name: 'nano',
      directory: expect.stringMatching(/nano.checkpoint$/),
    });
  });

  it('tells checkpoints from converted models, by path or URL', async () => {
    const checkpoint = await folder('a checkpoint', 'config.json');
    const converted = await folder('converted', 'manifest.json');
    expect(await locateModel(checkpoint)).toEqual({ type: 'checkpoint', name: 'a checkpoint', directory: checkpoint });
    expect(await locateModel(pathToFileURL(converted))).toEqual({ type: 'converted', name: 'converted', directory: converted });
    expect(await locateModel(pathToFileURL(checkpoint).href)).toMatchObject({ directory: checkpoint });
  });

  it('looks for the published models below the cache folder and says how to get them', async () => {
    await expect(locateModel('2b', home)).rejects.toMatchObject({
      code: 'MODEL_NOT_FOUND',
      hint: "Get it once: pullModel('2b')",
    });
    const directory = await folder(join('models', 'h2ovl-mississippi-2b'), 'config.json');
    expect(await locateModel('2B', home)).toEqual({ type: 'checkpoint', name: '2b', directory });
    expect(await locateModel('h2oai/h2ovl-mississippi-2b', home)).toMatchObject({ name: '2b', directory });
  });

  it('refuses what is not there, not a folder, not a model, not local, or empty', async () => {
    const empty = await folder('empty');
    const file = join(await folder('files', 'x.txt'), 'x.txt');
    await expect(locateModel(join(home, 'nowhere'))).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
    await expect(locateModel(empty)).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND', message: expect.stringContaining('neither') });
    await expect(locateModel(file)).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND', message: expect.stringContaining('is a file') });
    await expect(locateModel(new URL('https://example.org/model'))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(locateModel(' ')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

describe('cacheDirectory', () => {
  const of = (platform: NodeJS.Platform, env: Record<string, string>) => cacheDirectory({ platform, env, home: '/home/ann' });

  it('is H2OVL_HOME, or h2ovl in the cache folder of the platform', () => {
    expect(of('linux', { H2OVL_HOME: '/data/h2ovl', XDG_CACHE_HOME: '/x' })).toBe('/data/h2ovl');
    expect(of('linux', { XDG_CACHE_HOME: '/x' })).toBe(join('/x', 'h2ovl'));
    expect(of('linux', {})).toBe(join('/home/ann', '.cache', 'h2ovl'));
    expect(of('darwin', {})).toBe(join('/home/ann', 'Library', 'Caches', 'h2ovl'));
    expect(of('win32', { LOCALAPPDATA: '/local' })).toBe(join('/local', 'h2ovl', 'Cache'));
  });
});
