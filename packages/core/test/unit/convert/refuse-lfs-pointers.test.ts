import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeMiniCheckpoint } from '../../../../dev/src/testing/mini-checkpoint.ts';
import { convertCheckpoint } from '../../../src/convert/convert-checkpoint.ts';

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
    message: `${join(source, name)} is a pointer of Git LFS, not the file itself: the checkpoint was cloned without Git LFS.`,
    hint: expect.stringContaining('git lfs pull'),
  });
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
