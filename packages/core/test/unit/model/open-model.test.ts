import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadProgress } from '@h2ovl/contract';
import { VisionError } from '@h2ovl/contract';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OpenedModel, type OpenModelOptions, openModel } from '../../../src/model/open-model.ts';
import type { Manifest } from '../../../src/model-files/manifest.ts';
import type { Runtime, Session, SessionOptions } from '../../../src/runtime/port.ts';

const large = 64_000_000; // only the manifest's word counts for a copy

const manifest = (dataBytes: number, language = 'int8'): Manifest =>
  ({
    form: { device: 'cpu', values: 'float32', attention: 'fused' },
    graphs: { vision: { file: 'vision.onnx', data: 'vision.data' }, decoder: { file: 'decoder.onnx', data: 'decoder.data' } },
    files: { 'vision.data': { size: dataBytes, sha256: 'v' }, 'decoder.data': { size: dataBytes, sha256: 'd' } },
    precision: { vision: 'float32', language },
    embeddings: { file: 'embeddings.bin', dtype: 'float32', rows: 1, columns: 1 },
    model: {
      hiddenSize: 1,
      layers: 1,
      keyValueHeads: 1,
      headSize: 1,
      contextLength: 16,
      image: { tileSizePx: 2, patchSizePx: 2, tokensPerTile: 1 },
    },
  }) as unknown as Manifest;

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'h2ovl-open-'));
  await writeFile(join(directory, 'embeddings.bin'), new Uint8Array(4));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

/** Counts sessions: opening at the same time, at most, and open ones. */
class CountingRuntime {
  readonly info = { adapter: 'ffi', executionProvider: 'fake', version: '1', threads: 1, reasons: [] } as const;
  mostOpening = 0;
  open = 0;
  failing: string | undefined;
  #opening = 0;

  async openSession(path: string, options: SessionOptions = {}): Promise<Session> {
    this.#opening += 1;
    this.mostOpening = Math.max(this.mostOpening, this.#opening);
    await sleep(5);
    this.#opening -= 1;
    if (basename(path) === this.failing) throw new VisionError('SESSION_FAILED', `${this.failing} is damaged`);
    if (options.optimizedModelFile !== undefined) await writeFile(options.optimizedModelFile, '');
    this.open += 1;
    return {
      inputs: [],
      outputs: [],
      run: async () => {},
      returnWeightPages: async () => {},
      dispose: async () => void (await this.#close()),
    };
  }

  async #close(): Promise<void> {
    this.open -= 1;
  }
}

function open(runtime: CountingRuntime, model: Manifest, options: Partial<OpenModelOptions> = {}): Promise<OpenedModel> {
  return openModel(runtime as unknown as Runtime, directory, model, {
    maxRows: 1,
    maxIdleBytes: 0,
    maxFeatureBytes: 0,
    onProgress: () => {},
    signal: new AbortController().signal,
    ...options,
  });
}

describe('openModel', () => {
  it('opens one graph after the other, and both at once when copies make it cheap', async () => {
    const [first, second] = [new CountingRuntime(), new CountingRuntime()];
    const opened = await open(first, manifest(large));
    expect(opened.reasons).toEqual([expect.stringMatching(/vision.*packed now/), expect.stringMatching(/decoder.*packed now/)]);
    expect([first.mostOpening, first.open]).toEqual([1, 2]);
    const again = await open(second, manifest(large));
    expect(again.reasons).toHaveLength(2);
    expect([second.mostOpening, second.open]).toEqual([2, 2]);
    await again.dispose();
    expect(second.open).toBe(0);
  });

  it('keeps no copies of small graphs, nor where they are not wanted', async () => {
    const runtime = new CountingRuntime();
    expect((await open(runtime, manifest(large - 1))).reasons).toEqual([]);
    await open(runtime, manifest(large), { keepPrepacked: false });
    expect(runtime.mostOpening).toBe(1);
    expect(await readdir(directory)).toEqual(['embeddings.bin']);
  });

  it('reports each graph before and after', async () => {
    const seen: LoadProgress[] = [];
    await open(new CountingRuntime(), manifest(1), { onProgress: (progress) => seen.push(progress) });
    expect(seen.map((step) => step.type === 'session' && [step.name, step.done])).toEqual([
      ['vision', 0],
      ['vision', 1],
      ['decoder', 1],
      ['decoder', 2],
    ]);
  });

  it.each(['vision.onnx', 'decoder.onnx'])('closes what was opened when %s fails, also when both are opened at once', async (failing) => {
    await open(new CountingRuntime(), manifest(large));
    const runtime = Object.assign(new CountingRuntime(), { failing });
    await expect(open(runtime, manifest(large))).rejects.toThrow(`${failing} is damaged`);
    expect(runtime.open).toBe(0);
  });

  it('says so at once when features cannot be kept where they should be', async () => {
    const directoryIsFile = { directory: join(directory, 'embeddings.bin'), maxBytes: 1 };
    const runtime = new CountingRuntime();
    await expect(open(runtime, manifest(1), { featureCache: directoryIsFile })).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    expect(runtime.open).toBe(0);
  });
});
