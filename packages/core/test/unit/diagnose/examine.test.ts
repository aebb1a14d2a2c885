import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeMiniCheckpoint } from '../../../../dev/src/testing/mini-checkpoint.ts';
import { ensureConverted } from '../../../src/convert/ensure-converted.ts';
import { examine } from '../../../src/diagnose/examine.ts';
import { inspectHome, inspectModels } from '../../../src/diagnose/inspect-home.ts';
import { inspectNetwork } from '../../../src/diagnose/inspect-network.ts';
import { inspectSystem, type SystemView } from '../../../src/diagnose/inspect-system.ts';
import { pullModel } from '../../../src/model-files/download/pull-model.ts';

const good: SystemView = {
  nodeVersion: '22.1.0',
  platform: 'linux',
  arch: 'x64',
  glibc: '2.36',
  memoryBytes: 16e9,
  cpuFeatures: ['AVX2', 'VNNI'],
};
const levels = (view: Partial<SystemView>): Record<string, string> =>
  Object.fromEntries(inspectSystem({ ...good, ...view }).map(({ topic, level }) => [topic, level]));

describe('inspectSystem', () => {
  it('is content with a good machine', () => {
    expect(new Set(Object.values(levels({})))).toEqual(new Set(['ok']));
  });

  it.each<[Partial<SystemView>, Record<string, string>]>([
    [{ nodeVersion: '20.18.3' }, { Node: 'problem' }],
    [{ nodeVersion: '18.20.0' }, { Node: 'problem' }],
    [{ nodeVersion: '20.19.0' }, { Node: 'ok' }],
    [{ glibc: undefined }, { system: 'problem' }],
    [{ glibc: undefined, platform: 'darwin' }, { system: 'ok' }],
    [{ memoryBytes: 2e9 }, { memory: 'warning' }],
    [{ cpuFeatures: ['SSE4.2'] }, { processor: 'warning' }],
    [{ cpuFeatures: ['NEON'], arch: 'arm64' }, { processor: 'ok' }],
  ])('%j', (view, expected) => expect(levels(view)).toMatchObject(expected));

  it('says the next move with everything that is not well', () => {
    const bad = inspectSystem({ ...good, nodeVersion: '18.0.0', glibc: undefined, memoryBytes: 1e9, cpuFeatures: ['SSE2'] });
    expect(bad.map(({ level, next }) => [level === 'ok', next === undefined])).toEqual(bad.map(() => [false, false]));
  });
});

describe('examine', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'h2ovl-doctor-'));
    await writeMiniCheckpoint(join(folder, 'mini'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('finds nothing wrong but the missing models on a fresh machine, and changes nothing', async () => {
    const home = join(folder, 'fresh');
    const findings = await examine({ home, env: {} });
    expect(findings.filter(({ level }) => level === 'problem')).toEqual([]);
    expect(findings.find(({ topic }) => topic === 'models')).toMatchObject({
      level: 'warning',
      next: expect.stringMatching(/pullModel\('0\.8b'\)/),
    });
    expect(findings.find(({ topic }) => topic === 'runtime')?.message).toMatch(/^ONNX Runtime \d+\.\d+\.\d+ on /);
    expect(await readdir(folder)).not.toContain('fresh');
  });

  it('sees a home folder that cannot be written to, is open to others, or is a file', async () => {
    const home = join(folder, 'open');
    await mkdir(home);
    await chmod(home, 0o755);
    expect((await inspectHome({ home, freeBytes: 1e12 }))[0]).toMatchObject({ level: 'warning', next: expect.stringMatching(/chmod 700/) });
    await writeFile(join(folder, 'file'), '');
    expect((await inspectHome({ home: join(folder, 'file'), freeBytes: 1e12 }))[0]).toMatchObject({ level: 'problem' });
  });

  // Not even root can write into it.
  it.runIf(process.platform === 'linux')('sees a read-only home folder', async () => {
    expect((await inspectHome({ home: '/proc/self', freeBytes: 1e12 }))[0]).toMatchObject({
      level: 'problem',
      message: expect.stringMatching(/cannot be written to/),
    });
  });

  it.each([
    [1e8, 'problem'],
    [5e9, 'warning'],
    [5e10, 'ok'],
  ])('judges %d free bytes', async (freeBytes, level) => {
    expect((await inspectHome({ home: folder, freeBytes }))[1]).toMatchObject({ topic: 'disk', level });
  });

  it('sees damaged, incomplete and unusable models, and moves nothing', async () => {
    const home = join(folder, 'home');
    const { directory } = await pullModel(join(folder, 'mini'), { home });
    const converted = await ensureConverted(directory, { home });
    expect((await inspectModels({ home })).map(({ level }) => level)).toEqual(['ok', 'ok']);
    const graph = join(converted.directory, converted.manifest.graphs.decoder.data);
    const bytes = await readFile(graph);
    bytes[7] = (bytes[7] as number) ^ 1;
    await writeFile(graph, bytes);
    await rm(join(directory, 'tokenizer.model'));
    await mkdir(join(home, 'converted', 'broken'));
    const findings = await inspectModels({ home });
    expect(findings.map(({ level, next }) => [level, next])).toEqual([
      ['problem', "Fetch them again: pullModel('mini')"],
      ['warning', 'Remove it: pruneStore()'],
      ['problem', expect.stringMatching(/verifyStore\(\['mini-balanced-[-0-9a-f]+'\]\)/)],
    ]);
    expect(findings[2]?.message).toContain(graph);
    expect(await readdir(home)).not.toContain('quarantine');
  });

  it('tells what could connect, and sees a socket that is open', async () => {
    expect(await inspectNetwork({ HTTPS_PROXY: 'http://p' })).toMatchObject([
      { message: expect.stringMatching(/Only pull .*HTTPS_PROXY/) },
      {},
      {},
    ]);
    expect((await inspectNetwork({ H2OVL_OFFLINE: '1' }))[0]?.message).toMatch(/^Switched off/);
    if (process.platform !== 'linux') return;
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    expect((await inspectNetwork({})).at(-1)).toMatchObject({ level: 'problem', message: expect.stringMatching(/tcp/) });
    await new Promise((resolve) => server.close(resolve));
    expect((await inspectNetwork({})).at(-1)).toMatchObject({ level: 'ok' });
  });
});
