import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSchema } from '@h2ovl/contract';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeMiniCheckpoint } from '../../../../dev/src/testing/mini-checkpoint.ts';
import { loadModel } from '../../../src/answer/load-model.ts';
import { convertCheckpoint } from '../../../src/convert/convert-checkpoint.ts';
import { decodeImage } from '../../../src/documents/images/decode-image.ts';

const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 20900000\n`;
let root: string;
let source: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'h2ovl-lfs-'));
  source = join(root, 'source');
  await writeMiniCheckpoint(source);
});
afterEach(() => rm(root, { recursive: true, force: true }));

it.each(['model.safetensors', 'tokenizer.model', 'config.json'])('names %s when Git LFS left a pointer in its place', async (name) => {
  await writeFile(join(source, name), pointer);
  await expect(convertCheckpoint(source, join(root, 'out'))).rejects.toMatchObject({
    code: 'MODEL_FILE_CORRUPT',
    message: `${join(source, name)} is a pointer of Git LFS, not the file itself: the folder was cloned without Git LFS.`,
    hint: expect.stringContaining('git lfs pull'),
  });
});

it('names a file of a converted model, too', async () => {
  const { directory } = await convertCheckpoint(source, join(root, 'out'));
  await writeFile(join(directory, 'decoder.onnx.data'), pointer);
  await expect(loadModel(directory)).rejects.toMatchObject({
    code: 'MODEL_FILE_CORRUPT',
    message: expect.stringContaining('decoder.onnx.data is a pointer of Git LFS'),
  });
});

it('names a picture', async () => {
  const error = await decodeImage(Buffer.from(pointer), { name: 'page.png' }).catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    code: 'IMAGE_UNREADABLE',
    message: 'page.png is not an image: it is a pointer of Git LFS, not the file itself.',
    hint: expect.stringContaining('git lfs pull'),
  });
});

it('names a schema', () => {
  expect(() => readSchema(pointer)).toThrow('The schema is a pointer of Git LFS');
});

it('names the others', async () => {
  for (const name of ['model.safetensors', 'tokenizer.model']) await writeFile(join(source, name), pointer);
  await expect(convertCheckpoint(source, join(root, 'out'))).rejects.toThrow('The same goes for tokenizer.model.');
});

it('takes JSON that begins with a byte order mark', async () => {
  for (const name of ['config.json', 'added_tokens.json']) {
    await writeFile(join(source, name), `\uFEFF${await readFile(join(source, name), 'utf8')}`);
  }
  const { directory, manifest } = await convertCheckpoint(source, join(root, 'out'));
  expect(manifest.tokenizer.addedTokens).not.toEqual({});
  expect(directory).toBe(join(root, 'out'));
});
