import { mkdir, mkdtemp, readdir, readFile, rm, stat, statfs, truncate, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { VisionError } from '@h2ovl/contract';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type OpenedGraph, openGraph } from '../../../../src/model/packed/prepacked-graph.ts';
import { prepackedKey } from '../../../../src/model/packed/prepacked-key.ts';
import { planPrepacked } from '../../../../src/model/packed/prepacked-plan.ts';
import type { Manifest } from '../../../../src/model-files/manifest.ts';
import type { Runtime, Session, SessionOptions } from '../../../../src/runtime/port.ts';
import { thisProcess } from '../../../../src/store/process-identity.ts';

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  return { ...real, statfs: vi.fn(real.statfs) };
});

const manifest = (format = 'int8', dataBytes = 100, sha256 = 'weights'): Manifest =>
  ({
    graphs: { vision: { file: 'vision.onnx', data: 'vision.data' }, decoder: { file: 'decoder.onnx', data: 'decoder.data' } },
    files: { 'decoder.onnx': { size: 1, sha256: 'graph' }, 'decoder.data': { size: dataBytes, sha256 } },
    precision: { vision: 'float32', language: format },
  }) as unknown as Manifest;

let directory: string;
const copies = (): string => join(directory, 'prepacked');
const copyName = async (): Promise<string> => (await readdir(copies())).find((name) => name.startsWith('decoder-')) as string;

/** Opens whatever exists; saves two small files where it is told to. */
class FakeRuntime {
  readonly opened: { readonly path: string; readonly options: SessionOptions }[] = [];
  readonly info = { adapter: 'ffi', executionProvider: 'fake', version: '1', threads: 1, reasons: [] } as const;
  /** Throws for sessions that are to fail. */
  check: (path: string, options: SessionOptions) => Promise<void> = async () => {};

  async openSession(path: string, options: SessionOptions = {}): Promise<Session> {
    this.opened.push({ path, options });
    await this.check(path, options);
    const target = options.optimizedModelFile;
    if (target !== undefined) {
      await writeFile(target, 'graph');
      await writeFile(target.replace('.onnx', '.bin'), 'packed weights');
    } else await stat(path);
    return { inputs: [], outputs: [], run: async () => {}, returnWeightPages: async () => {}, dispose: async () => {} };
  }

  get lastPath(): string {
    return this.opened.at(-1)?.path ?? '';
  }
}

function open(
  runtime: FakeRuntime,
  changes: { manifest?: Manifest; keepPrepacked?: boolean; signal?: AbortSignal } = {},
): Promise<OpenedGraph> {
  return openGraph('decoder', {
    runtime: runtime as unknown as Runtime,
    directory,
    manifest: manifest(),
    signal: new AbortController().signal,
    keepPrepacked: true,
    minPrepackedBytes: 100,
    home: join(directory, 'home'),
    ...changes,
  });
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'h2ovl-prepacked-'));
  await writeFile(join(directory, 'decoder.onnx'), 'x');
});

afterEach(async () => {
  vi.restoreAllMocks();
  await rm(directory, { recursive: true, force: true });
});

describe('openGraph', () => {
  it('saves a copy at the first start, opens it then and at later starts without optimising again', async () => {
    const [first, second] = [new FakeRuntime(), new FakeRuntime()];
    expect((await open(first)).reason).toContain('packed now');
    expect(first.opened.map(({ options }) => options.graphOptimization)).toEqual([undefined, 'none']);
    expect(first.opened[0]?.options.packedWeightsFile).toBe('decoder.bin');
    expect((await open(second)).reason).toContain('at an earlier start');
    expect(second.opened).toEqual([
      { path: join(copies(), await copyName(), 'decoder.onnx'), options: { graphOptimization: 'none', spinning: true } },
    ]);
    expect(await readdir(copies())).toEqual([await copyName()]); // neither locks nor temporary folders
  });

  it.each([
    ['that is small', { manifest: manifest('int8', 99) }, undefined],
    ['in a format that gains nothing', { manifest: manifest('int4') }, /int4/],
    ['whose copy would be too large', { manifest: manifest('bfloat16') }, /bfloat16/],
    ['where no copy is wanted', { keepPrepacked: false }, undefined],
  ])('opens a graph %s as it is', async (_, changes, reason) => {
    const runtime = new FakeRuntime();
    const opened = await open(runtime, changes);
    if (reason === undefined) expect(opened.reason).toBeUndefined();
    else expect(opened.reason).toMatch(reason);
    expect(runtime.opened).toEqual([{ path: join(directory, 'decoder.onnx'), options: { spinning: true } }]);
    expect(await readdir(directory)).toEqual(['decoder.onnx']);
  });

  it.each([
    ['cut off', (folder: string) => truncate(join(folder, 'decoder.bin'), 3)],
    ['without its weights', (folder: string) => rm(join(folder, 'decoder.bin'))],
    ['never finished', (folder: string) => rm(join(folder, 'copy.json'))],
    ['of a version that kept no hashes', (folder: string) => writeFile(join(folder, 'copy.json'), '{"decoder.onnx":5,"decoder.bin":14}')],
  ])('makes a copy again that is %s', async (_, damage) => {
    await open(new FakeRuntime());
    await damage(join(copies(), await copyName()));
    const runtime = new FakeRuntime();
    expect((await open(runtime)).reason).toContain('packed now');
    expect(await readFile(join(copies(), await copyName(), 'decoder.bin'), 'utf8')).toBe('packed weights');
  });

  it('finds a changed byte, says so, and makes the copy again', async () => {
    await open(new FakeRuntime());
    await writeFile(join(copies(), await copyName(), 'decoder.bin'), 'packed wEights');
    const runtime = new FakeRuntime();
    expect((await open(runtime)).reason).toMatch(/packed now because the earlier copy was damaged/);
    expect(await readFile(join(copies(), await copyName(), 'decoder.bin'), 'utf8')).toBe('packed weights');
    expect((await open(new FakeRuntime())).reason).toContain('at an earlier start');
  });

  it('takes a copy whose files were touched and are the same', async () => {
    await open(new FakeRuntime());
    await utimes(join(copies(), await copyName(), 'decoder.bin'), 1, 1);
    expect((await open(new FakeRuntime())).reason).toContain('at an earlier start');
  });

  it('makes a copy once more when it cannot be opened, and then leaves it for good', async () => {
    await open(new FakeRuntime());
    const failing = new FakeRuntime();
    failing.check = async (_, { graphOptimization }) => {
      if (graphOptimization === 'none') throw new VisionError('SESSION_FAILED', 'no kernel');
    };
    expect((await open(failing)).reason).toMatch(/not kept: ONNX Runtime could not open/);
    expect(failing.lastPath).toBe(join(directory, 'decoder.onnx'));
    const later = new FakeRuntime();
    expect((await open(later)).reason).toMatch(/not kept: ONNX Runtime could not open/);
    expect(later.opened).toHaveLength(1);
    expect(await copyName()).toBeUndefined();
  });

  it('opens the graph as it is when the disk has not twice the room, or cannot be written', async () => {
    const real = await statfs(directory);
    vi.mocked(statfs).mockResolvedValueOnce({ ...real, bavail: 403, bsize: 1 }); // the copy takes 2 x 101 % of 100 bytes
    const short = new FakeRuntime();
    expect((await open(short)).reason).toMatch(/not kept: Twice their size takes 1 MB; .* has 1 MB free/);
    expect(short.lastPath).toBe(join(directory, 'decoder.onnx'));
    expect(await readdir(copies())).toEqual([]);
    await rm(copies(), { recursive: true });
    await writeFile(copies(), 'a file is in the way');
    const blocked = new FakeRuntime();
    expect((await open(blocked)).reason).toMatch(/not kept: .*a file has this name/);
    expect(blocked.lastPath).toBe(join(directory, 'decoder.onnx'));
  });

  it('keeps copies to the user alone, whatever the umask is', async () => {
    const before = process.umask(0);
    try {
      await open(new FakeRuntime());
    } finally {
      process.umask(before);
    }
    const folder = join(copies(), await copyName());
    for (const path of [copies(), folder, ...(await readdir(folder)).map((name) => join(folder, name))]) {
      expect((await stat(path)).mode & 0o077, path).toBe(0);
    }
  });

  it('leaves nothing behind when saving fails half way', async () => {
    const runtime = new FakeRuntime();
    runtime.check = async (_, { optimizedModelFile }) => {
      if (optimizedModelFile === undefined) return;
      await writeFile(optimizedModelFile, 'half');
      throw new VisionError('SESSION_FAILED', 'No space left on device.');
    };
    expect((await open(runtime)).reason).toContain('No space left on device.');
    expect(await readdir(copies())).toEqual([]);
  });

  it('does not wait for a process that is just saving the same', async () => {
    await mkdir(copies());
    // The parent of this process lives, and the lock is fresh.
    await writeFile(join(copies(), 'decoder.lock'), JSON.stringify({ ...thisProcess(), pid: process.ppid, host: hostname(), id: 'other' }));
    const runtime = new FakeRuntime();
    expect((await open(runtime)).reason).toContain(`process ${process.ppid} is saving them`);
    expect(runtime.opened).toHaveLength(1);
  });

  it('keeps the copies of two machines and removes what dead processes left', async () => {
    await open(new FakeRuntime());
    const [mine, older, oldest] = [await copyName(), 'decoder-older', 'decoder-oldest'];
    for (const [age, name] of [
      [20, older],
      [30, oldest],
    ] as const) {
      await mkdir(join(copies(), name));
      await writeFile(join(copies(), name, 'copy.json'), '{}');
      await utimes(join(copies(), name, 'copy.json'), Date.now() / 1000 - age, Date.now() / 1000 - age);
    }
    await mkdir(join(copies(), `.decoder.tmp-99999999-1-${thisProcess().world}-ab`));
    await open(new FakeRuntime(), { manifest: manifest('int8', 100, 'other weights') });
    const left = await readdir(copies());
    expect(left).toHaveLength(2);
    expect(left).toContain(mine);
  });

  it('fails like any other load when the graph itself cannot be opened', async () => {
    const runtime = new FakeRuntime();
    runtime.check = () => Promise.reject(new VisionError('MODEL_FILE_CORRUPT', 'bad graph'));
    await expect(open(runtime)).rejects.toMatchObject({ code: 'MODEL_FILE_CORRUPT' });
  });

  it('rejects with the reason of the signal', async () => {
    const control = new AbortController();
    const runtime = new FakeRuntime();
    runtime.check = async () => control.abort(new Error('enough'));
    await expect(open(runtime, { signal: control.signal })).rejects.toThrow('enough');
    await expect(open(new FakeRuntime(), { signal: control.signal })).rejects.toThrow('enough');
  });
});

describe('prepackedKey', () => {
  it('changes with weights, runtime and processor, and with nothing else', () => {
    const key = prepackedKey('decoder', manifest(), '1', 'cpu avx2');
    expect(prepackedKey('decoder', { ...manifest(), writtenBy: 'somebody' }, '1', 'cpu avx2')).toBe(key);
    const others = [
      prepackedKey('decoder', manifest('int8', 100, 'other'), '1', 'cpu avx2'),
      prepackedKey('decoder', manifest(), '2', 'cpu avx2'),
      prepackedKey('decoder', manifest(), '1', 'cpu avx2 avx512f'),
      prepackedKey('vision', manifest(), '1', 'cpu avx2'),
    ];
    expect(new Set([key, ...others]).size).toBe(5);
    expect(prepackedKey('decoder', manifest(), '1')).toBe(prepackedKey('decoder', manifest(), '1'));
  });
});

describe('planPrepacked', () => {
  it('keeps large int8 decoders and float32 vision parts, by default from 64 MB on', () => {
    const files = { 'vision.data': { size: 64_000_000 }, 'decoder.data': { size: 63_999_999 } };
    const large = { ...manifest(), files } as unknown as Manifest;
    expect(planPrepacked('vision', large)).toEqual({ type: 'keep', bytes: 129_280_000 });
    expect(planPrepacked('decoder', large)).toEqual({ type: 'leave' });
  });
});
