import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeMiniCheckpoint } from '../../../../dev/src/testing/mini-checkpoint.ts';
import { convertCheckpoint } from '../../../src/convert/index.ts';
import type { Manifest } from '../../../src/model-files/manifest.ts';
import { checkFileSizes, readManifest, verifyFiles } from '../../../src/model-files/verify-files.ts';

let root: string;
let directory: string;
let manifest: Manifest;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'h2ovl-verify-'));
  directory = join(root, 'out');
  await writeMiniCheckpoint(join(root, 'in'));
  ({ manifest } = await convertCheckpoint(join(root, 'in'), directory));
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('verifyFiles', () => {
  it('accepts what convert wrote and reports every byte', async () => {
    expect(await readManifest(directory)).toEqual(manifest);
    let done = 0;
    await verifyFiles(directory, manifest, { onProgress: (progress) => (done = progress.type === 'verify' ? progress.doneBytes : done) });
    expect(done).toBe(Object.values(manifest.files).reduce((sum, { size }) => sum + size, 0));
  });

  it('tells a folder of another version from a damaged one, and what to do about it', async () => {
    const other = join(root, 'other');
    await mkdir(other);
    const write = (version: unknown): Promise<void> => writeFile(join(other, 'manifest.json'), JSON.stringify({ ...manifest, version }));
    await write(3);
    await expect(readManifest(other)).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED',
      message: expect.stringMatching(/is of version 3, and this package reads version 4\.$/),
      hint: expect.stringContaining('convert it into this folder again'),
    });
    await write(5);
    await expect(readManifest(other)).rejects.toMatchObject({ code: 'MODEL_UNSUPPORTED', hint: expect.stringContaining('newer version') });
    await write('4');
    await expect(readManifest(other)).rejects.toMatchObject({ code: 'MODEL_FILE_CORRUPT' });
    // Converting into it again replaces it, as the hint says.
    await write(3);
    await convertCheckpoint(join(root, 'in'), other);
    expect((await readManifest(other)).version).toBe(manifest.version);
  });

  it('stops when aborted', async () => {
    await expect(verifyFiles(directory, manifest, { signal: AbortSignal.abort('no') })).rejects.toBe('no');
  });

  it('finds one changed bit that the size does not show', async () => {
    const file = join(directory, 'embeddings.bin');
    const bytes = await readFile(file);
    bytes[5] = (bytes[5] as number) ^ 1;
    await writeFile(file, bytes);
    await checkFileSizes(directory, manifest);
    await expect(verifyFiles(directory, manifest)).rejects.toMatchObject({ code: 'MODEL_FILE_CORRUPT', file });
  });

  it('finds a missing file and one of another size, with both numbers', async () => {
    await writeFile(join(directory, 'vision.onnx'), 'short');
    await expect(checkFileSizes(directory, manifest)).rejects.toThrow(
      `has 5 bytes; the manifest says ${manifest.files['vision.onnx']?.size} bytes`,
    );
    await rm(join(directory, 'vision.onnx'));
    await expect(verifyFiles(directory, manifest)).rejects.toThrow('is missing');
  });

  it('refuses a folder without a manifest', async () => {
    await expect(readManifest(root)).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
  });
});
