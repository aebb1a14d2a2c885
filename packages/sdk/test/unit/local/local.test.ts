import { describe, expect, it } from 'vitest';
import { APIError } from '../../../src/index.ts';
import { createLocalModel, loadLocalModel } from '../../../src/local/index.ts';
import { loadLocalModel as loadWith } from '../../../src/local/load-local-model.ts';
import { makeFakeModel } from '../../helpers/fake-model.ts';

function makeDisposable(): ReturnType<typeof makeFakeModel> & { dispose(): Promise<void>; disposed: number } {
  return {
    ...makeFakeModel({ deltas: ['a', 'b'] }),
    disposed: 0,
    async dispose() {
      this.disposed += 1;
    },
  };
}

describe('createLocalModel', () => {
  it('is the same interface over a model in this process', async () => {
    const local = createLocalModel(makeDisposable());
    expect(local.id).toBe('fake');
    expect((await local.generate({ prompt: 'Hi' })).text).toBe('ab');
    const pieces: string[] = [];
    for await (const piece of local.stream({ prompt: 'Hi' }).textStream) pieces.push(piece);
    expect(pieces).toEqual(['a', 'b']);
  });

  it('passes options on untouched and disposes the model, by method and by await using', async () => {
    const model = makeDisposable();
    const { signal } = new AbortController();
    const options = { prompt: 'Hi', images: ['a.png'], maxTiles: 2, signal };
    {
      await using local = createLocalModel(model);
      await local.generate(options);
      expect(model.asked[0]).toBe(options);
    }
    await createLocalModel(model).dispose();
    expect(model.disposed).toBe(2);
  });
});

describe('loadLocalModel', () => {
  it('loads through core with source and options as given', async () => {
    const calls: unknown[] = [];
    const loadModel = async (...args: unknown[]): Promise<unknown> => {
      calls.push(args);
      return makeDisposable();
    };
    const local = await loadWith('nano', { threads: 2 }, { importCore: async () => ({ loadModel }) });
    expect((await local.generate({ prompt: 'Hi' })).text).toBe('ab');
    expect(calls).toEqual([['nano', { threads: 2 }]]);
  });

  it('says what to install when core is missing, and passes a broken core on as the cause', async () => {
    const fail = async (cause: Error): Promise<unknown> =>
      await loadWith('nano', {}, { importCore: () => Promise.reject(cause) }).catch((error: unknown) => error);
    const missing = Object.assign(new Error("Cannot find package '@h2ovl/core' imported from /app"), { code: 'ERR_MODULE_NOT_FOUND' });
    expect(await fail(missing)).toMatchObject({
      code: 'RUNTIME_UNAVAILABLE',
      hint: expect.stringContaining('npm install @h2ovl/core'),
      cause: missing,
    });
    const part = new Error("Cannot find package 'sharp' imported from /app/node_modules/@h2ovl/core/dist/index.js");
    expect(await fail(part)).toMatchObject({
      code: 'RUNTIME_UNAVAILABLE',
      message: expect.stringContaining("'sharp'"),
      hint: expect.not.stringContaining('npm install'),
    });
    const broken = new Error('libonnxruntime.so: cannot open');
    expect(await fail(broken)).toMatchObject({
      code: 'RUNTIME_UNAVAILABLE',
      message: expect.stringContaining('libonnxruntime.so'),
      cause: broken,
    });
    expect(APIError.isInstance(await fail(broken))).toBe(true);
  });

  it('refuses a package of that name without loadModel', async () => {
    await expect(loadWith('nano', {}, { importCore: async () => ({}) })).rejects.toMatchObject({ code: 'RUNTIME_UNAVAILABLE' });
  });

  it('is what the entry exports', () => {
    expect(loadLocalModel).toBe(loadWith);
  });
});
