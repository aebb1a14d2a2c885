import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { convertCheckpoint, ensureConverted, type Precision } from '../../../src/convert/index.ts';
import {
  askDocument,
  examine,
  extractDocument,
  loadModel,
  measureQuality,
  openDocument,
  pruneStore,
  pullModel,
  readDocument,
  selfTest,
  verifyFiles,
  verifyStore,
} from '../../../src/index.ts';

const home = mkdtempSync(join(tmpdir(), 'h2ovl-load-options-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

describe('options that do not exist are refused, with the nearest name', () => {
  it.each([
    ['loadModel()', () => loadModel('nano', { precison: 'exact' } as object), 'precision'],
    ['loadModel()', () => loadModel('nano', { allowRemoteImage: true } as object), 'allowRemoteImages'],
    ['loadModel()', () => loadModel('nano', { numThreads: 2 } as object), 'threads'],
    ['featureCache', () => loadModel('nano', { featureCache: { maxBytes: 1, dir: home } as never }), 'directory'],
    ['convertCheckpoint()', () => convertCheckpoint('nano', home, { int8limit: 127 } as object), 'int8Limit'],
    ['ensureConverted()', () => ensureConverted('nano', { presision: 'fast' } as object), 'precision'],
    ['measureQuality()', () => measureQuality('nano', { candidates: [], pages: [], tilez: 1 } as never), 'tiles'],
    ['pullModel()', () => pullModel('nano', { onprogress: () => {} } as object), 'onProgress'],
    ['pruneStore()', () => pruneStore({ home, dry: true } as object), 'dryRun'],
    ['verifyStore()', () => verifyStore([], { Home: home } as object), 'home'],
    ['examine()', () => examine({ Home: home } as object), 'home'],
    ['selfTest()', () => selfTest('nano', { precission: 'fast' } as object), 'precision'],
    ['openDocument()', () => openDocument(new Uint8Array(), { maxByte: 1 } as object), 'maxBytes'],
    ['readDocument()', async () => readDocument(new Uint8Array(), { max_pages: 1 } as object), 'maxPages'],
    ['askDocument()', async () => askDocument(new Uint8Array(), { qestion: 'Who?' } as never), 'question'],
    ['extractDocument()', async () => extractDocument(new Uint8Array(), { scheme: {} } as never), 'schema'],
    ['verifyFiles()', () => verifyFiles(home, { files: {} } as never, { abortSignal: undefined, signals: [] } as object), 'signal'],
  ] as const)('%s', async (where, call, near) => {
    await expect(call()).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining(`${where} has no option`),
      hint: `Did you mean ${near}?`,
    });
  });
});

describe('a precision that does not exist', () => {
  it.each([
    ['precise', 'precision is "precise"; it must be one of exact, balanced, fast.'],
    ['../../elsewhere', 'precision is "../../elsewhere"; it must be one of exact, balanced, fast.'],
    [{ vision: 'float32', language: 'int2', head: 'int8' }, 'precision.language is int2'],
    [{ vision: 'float32', language: 'int8', heads: 'int8' }, 'precision has no option "heads"'],
    [null, 'precision is null'],
  ])('%j is refused by name before a folder is', async (precision, message) => {
    const wrong = precision as unknown as Precision;
    const refusal = { code: 'INVALID_ARGUMENT', message: expect.stringContaining(message) };
    await expect(loadModel('nano', { precision: wrong as 'exact' })).rejects.toMatchObject(refusal);
    await expect(ensureConverted('nowhere', { precision: wrong, home })).rejects.toMatchObject(refusal);
    await expect(convertCheckpoint('nowhere', home, { precision: wrong })).rejects.toMatchObject(refusal);
  });
});
