import { mkdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeBlackPng, makeBoxFile } from '../../../dev/src/testing/craft-images.ts';
import { miniConfig, tinyConfig, writeMiniCheckpoint } from '../../../dev/src/testing/mini-checkpoint.ts';
import { nanoCheckpoint, readablePages } from '../../../dev/src/testing/nano-samples.ts';
import { expectFailure, runCliProcess, temporaryFolder } from './cli-process.ts';

const home = temporaryFolder();
const receipt = readablePages[0].path;

type Header = Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>;

/** A small checkpoint, changed; returns its folder. */
async function makeCheckpoint(change: (folder: string) => void, config: unknown = tinyConfig()): Promise<string> {
  const folder = join(temporaryFolder(), 'checkpoint');
  await writeMiniCheckpoint(folder, config);
  change(folder);
  return folder;
}

/** Rewrites header and weights of a checkpoint. */
function editWeights(folder: string, edit: (header: Header, data: Buffer) => Buffer | undefined): void {
  const file = join(folder, 'model.safetensors');
  const bytes = readFileSync(file);
  const headerBytes = Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerBytes));
  const data = bytes.subarray(8 + headerBytes);
  const newData = edit(header, data) ?? data;
  const text = JSON.stringify(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  writeFileSync(file, Buffer.concat([length, Buffer.from(text), newData]));
}

const norm = 'language_model.model.norm.weight';

function tensor(header: Header, name: string): Header[string] {
  const entry = header[name];
  if (entry === undefined) throw new Error(`The small checkpoint has no ${name}.`);
  return entry;
}

describe('a bad checkpoint', () => {
  it.each<[string, string, RegExp, (folder: string) => void]>([
    ['cut-off weights', 'MODEL_FILE_CORRUPT', /model\.safetensors/, (folder) => truncateSync(join(folder, 'model.safetensors'), 300_000)],
    [
      'weights cut off in the header',
      'MODEL_FILE_CORRUPT',
      /model\.safetensors/,
      (folder) => truncateSync(join(folder, 'model.safetensors'), 100),
    ],
    [
      'a header that lies about offsets',
      'MODEL_FILE_CORRUPT',
      /norm\.weight/,
      (folder) =>
        editWeights(folder, (header) => {
          tensor(header, norm).data_offsets[1] += 2;
          return undefined;
        }),
    ],
    [
      'a missing tensor',
      'MODEL_FILE_CORRUPT',
      /norm\.weight/,
      (folder) =>
        editWeights(folder, (header, data) => {
          const { data_offsets } = tensor(header, norm);
          const byteLength = data_offsets[1] - data_offsets[0];
          for (const entry of Object.values(header)) {
            if (entry.data_offsets !== undefined && entry.data_offsets[0] >= data_offsets[1]) {
              entry.data_offsets = [entry.data_offsets[0] - byteLength, entry.data_offsets[1] - byteLength];
            }
          }
          delete header[norm];
          return Buffer.concat([data.subarray(0, data_offsets[0]), data.subarray(data_offsets[1])]);
        }),
    ],
    [
      'a tensor too many',
      'MODEL_FILE_CORRUPT',
      /surplus\.weight/,
      (folder) =>
        editWeights(folder, (header, data) => {
          header['surplus.weight'] = { dtype: 'BF16', shape: [2], data_offsets: [data.length, data.length + 4] };
          return Buffer.concat([data, Buffer.alloc(4)]);
        }),
    ],
    [
      'a tensor of another shape',
      'MODEL_FILE_CORRUPT',
      /norm\.weight/,
      (folder) =>
        editWeights(folder, (header) => {
          const entry = tensor(header, norm);
          entry.shape = [2, (entry.shape[0] as number) / 2];
          return undefined;
        }),
    ],
    [
      'an unknown number type',
      'MODEL_UNSUPPORTED',
      /element type I16/,
      (folder) =>
        editWeights(folder, (header, data) => {
          for (const entry of Object.values(header)) if (entry.dtype !== undefined) entry.dtype = 'I16';
          return data;
        }),
    ],
    [
      'a weight that is not a number',
      'MODEL_FILE_CORRUPT',
      /norm\.weight/,
      (folder) =>
        editWeights(folder, (header, data) => {
          const copy = Buffer.from(data);
          copy.writeUInt16LE(0x7fc0, tensor(header, norm).data_offsets[0]);
          return copy;
        }),
    ],
    ['no tokenizer', 'MODEL_NOT_FOUND', /tokenizer\.model/, (folder) => rmSync(join(folder, 'tokenizer.model'))],
    ['no weights', 'MODEL_NOT_FOUND', /safetensors/, (folder) => rmSync(join(folder, 'model.safetensors'))],
    ['a config.json that is not JSON', 'MODEL_FILE_CORRUPT', /config\.json/, (folder) => writeFileSync(join(folder, 'config.json'), '{')],
    ['no config.json', 'MODEL_NOT_FOUND', /config\.json/, (folder) => renameSync(join(folder, 'config.json'), join(folder, 'other.json'))],
    [
      'another architecture',
      'MODEL_UNSUPPORTED',
      /llava/,
      (folder) => {
        const file = join(folder, 'config.json');
        writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), model_type: 'llava' }));
      },
    ],
  ])('with %s is refused with a code, a sentence and a hint', async (_what, code, message, change) => {
    const folder = await makeCheckpoint(change);
    expectFailure(await runCliProcess(['read', receipt, '--model', folder], { home }), code, message);
  });

  it('that is sound is converted and runs', async () => {
    const folder = await makeCheckpoint(() => {}, miniConfig('mini-800m'));
    const { code, stderr } = await runCliProcess(['read', receipt, '--model', folder, '--max-tokens', '4', '--tiles', '1'], { home });
    expect(code).toBe(0);
    expect(stderr).toContain('Converting the checkpoint');
  });

  it('that does not exist is refused, an alias that is not there with what to download', async () => {
    expectFailure(
      await runCliProcess(['read', receipt, '--model', join(home, 'nothing')], { home }),
      'MODEL_NOT_FOUND',
      /There is no folder/,
    );
    const alias = await runCliProcess(['read', receipt, '--model', '0.8b'], { home });
    expectFailure(alias, 'MODEL_NOT_FOUND', /0\.8b/);
    expect(alias.stderr).toMatch(/^ {2}hint: .* pull 0\.8b$/m);
  });
});

describe('bad images', () => {
  it('are each reported with code and hint, and the good one among them is read', async () => {
    const folder = temporaryFolder();
    const cases: readonly (readonly [string, Uint8Array | undefined, string])[] = [
      ['text.png', Buffer.from('just some words in a text file\n'), 'IMAGE_UNREADABLE'],
      ['empty.png', new Uint8Array(0), 'IMAGE_UNREADABLE'],
      ['bomb.png', makeBlackPng(30_000, 30_000), 'IMAGE_TOO_LARGE'],
      ['paper.pdf', Buffer.from('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n'), 'DOCUMENT_UNREADABLE'],
      ['photo.heic', makeBoxFile('heic', 'mif1', 'heic'), 'DECODER_UNAVAILABLE'],
      ['folder.png', undefined, 'IMAGE_NOT_FOUND'],
      ['cut.png', readFileSync(receipt).subarray(0, 20_000), 'IMAGE_UNREADABLE'],
    ];
    for (const [name, bytes] of cases) {
      if (bytes === undefined) mkdirSync(join(folder, name));
      else writeFileSync(join(folder, name), bytes);
    }
    const files = [...cases.map(([name]) => join(folder, name)), join(folder, 'none.png'), 'https://example.org/a.png', receipt];
    const { code, stdout, stderr } = await runCliProcess(['read', ...files, '--json', '--model', 'nano', '--quiet'], { home });
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ file, error }) => [file, error?.code])).toEqual([
      ...cases.map(([name, , wanted]) => [join(folder, name), wanted]),
      [join(folder, 'none.png'), 'IMAGE_NOT_FOUND'],
      ['https://example.org/a.png', 'INVALID_ARGUMENT'],
      [receipt, undefined],
    ]);
    for (const { error } of lines.slice(0, -1))
      expect(error).toMatchObject({ message: expect.stringMatching(/\.$/), hint: expect.stringMatching(/\S/) });
    expect(lines.at(-1).text).toMatch(/\S/);
    expect(stderr.match(/^error: /gm)).toHaveLength(files.length - 1);
    expect(stderr).not.toMatch(/^\s+at .+:\d+/m);
    expect(code).toBe(1);
  });

  it('from standard input are reported too', async () => {
    const run = await runCliProcess(['read', '-', '--model', 'nano', '--quiet'], { home, stdin: new Uint8Array(0) });
    expectFailure(run, 'IMAGE_UNREADABLE', /standard input is empty/);
  });
});

describe('a prompt that is too long', () => {
  it('is refused with both numbers before any work', async () => {
    const { llm_config } = JSON.parse(readFileSync(join(nanoCheckpoint, 'config.json'), 'utf8'));
    const words = 'a '.repeat(llm_config.max_position_embeddings); // a token each, at least
    const run = await runCliProcess(['ask', receipt, words, '--model', 'nano', '--quiet'], { home });
    expectFailure(run, 'CONTEXT_OVERFLOW', /The prompt has \d{4,} tokens; this model reads \d+/);
  });
});

describe('wrong usage', () => {
  it('is one sentence with the nearest right spelling, and exit code 2', async () => {
    const run = await runCliProcess(['read', receipt, '--jsn'], { home });
    expect(run).toEqual({ code: 2, stdout: '', stderr: "h2ovl: Unknown option '--jsn'. Did you mean --json?\n" });
  });
});
