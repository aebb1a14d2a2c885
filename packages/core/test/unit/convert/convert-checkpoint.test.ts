import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoadProgress } from '@h2ovl/contract';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { safetensorsHeader } from '../../../../dev/src/synthetic/synthetic-checkpoint.ts';
import { tinyConfig, writeMiniCheckpoint } from '../../../../dev/src/testing/mini-checkpoint.ts';
import { convertCheckpoint } from '../../../src/convert/index.ts';
import { parseManifest } from '../../../src/model-files/manifest.ts';
import { thisProcess } from '../../../src/store/process-identity.ts';

let root: string;
let source: string;
let output: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'h2ovl-convert-'));
  source = join(root, 'source');
  output = join(root, 'output');
});
beforeEach(() => writeMiniCheckpoint(source));
afterEach(() => rm(output, { recursive: true, force: true }));
afterAll(() => rm(root, { recursive: true, force: true }));

const weightsFile = (): string => join(source, 'model.safetensors');

/** Overwrites two bytes of a tensor: value 0 of a bfloat16 one. */
async function poke(tensor: string, bits: number): Promise<void> {
  const handle = await open(weightsFile(), 'r+');
  const length = Buffer.alloc(8);
  await handle.read(length, 0, 8, 0);
  const headerBytes = Number(length.readBigUInt64LE());
  const header = Buffer.alloc(headerBytes);
  await handle.read(header, 0, headerBytes, 8);
  const [begin] = JSON.parse(header.toString())[tensor].data_offsets;
  await handle.write(Uint8Array.of(bits & 255, bits >> 8), 0, 2, 8 + headerBytes + begin);
  await handle.close();
}

/** Rewrites the weights with other names or shapes; the values are zeros. */
async function reshape(change: (shapes: Map<string, number[]>) => void): Promise<void> {
  const bytes = await readFile(weightsFile());
  const header = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE())).toString()) as Record<string, { shape: number[] }>;
  const shapes = new Map(Object.entries(header).flatMap(([name, { shape }]) => (shape === undefined ? [] : [[name, shape] as const])));
  change(shapes);
  const { bytes: start, dataBytes } = safetensorsHeader(shapes);
  await writeFile(weightsFile(), Buffer.concat([start, Buffer.alloc(dataBytes)]));
}

describe('convertCheckpoint', () => {
  it('writes a manifest that parses, with size and digest of every file beside it', async () => {
    const report = await convertCheckpoint(source, output);
    const manifest = parseManifest(await readFile(join(output, 'manifest.json'), 'utf8'), 'manifest.json');
    expect(manifest).toEqual(report.manifest);
    expect((await readdir(output)).sort()).toEqual([...Object.keys(manifest.files), 'manifest.json'].sort());
    for (const [name, { size, sha256 }] of Object.entries(manifest.files)) {
      const content = await readFile(join(output, name));
      expect([content.length, createHash('sha256').update(content).digest('hex')]).toEqual([size, sha256]);
    }
    const weights = await readFile(weightsFile());
    expect(manifest.source.files['model.safetensors']?.sha256).toBe(createHash('sha256').update(weights).digest('hex'));
    expect(manifest.model).toMatchObject({ layers: 2, hiddenSize: 64, headSize: 16, vocabularySize: 650, endTokenIds: [2, 649] });
  });

  it('keeps bfloat16 weights and embeddings bit for bit when exact', async () => {
    const { manifest } = await convertCheckpoint(source, output, { precision: 'exact' });
    expect(manifest.precision).toEqual({ name: 'exact', vision: 'float32', language: 'bfloat16', head: 'bfloat16', int8Limit: null });
    const weights = await readFile(weightsFile());
    const rows = await readFile(join(output, 'embeddings.bin'));
    expect(rows.length).toBe(650 * 64 * 2);
    expect(weights.includes(rows)).toBe(true);
    expect(weights.includes((await readFile(join(output, 'decoder.onnx.data'))).subarray(-650 * 64 * 2))).toBe(true); // the head comes last
  });

  it('gives the same files from shards as from one file', async () => {
    const { manifest: whole } = await convertCheckpoint(source, output);
    await splitInShards();
    const { manifest: sharded } = await convertCheckpoint(source, output);
    expect(sharded.files).toEqual(whole.files);
    await rm(join(source, 'model.safetensors.index.json'));
  });

  it('reports the error of each kind of layer that was rounded, and of no other', async () => {
    const { errors, manifest } = await convertCheckpoint(source, output, {
      precision: { vision: 'float32', language: 'int4', head: 'int8' },
    });
    expect(errors.map(({ group, format }) => `${group} ${format}`)).toEqual([
      'layers.*/attn/qkv_proj int4',
      'layers.*/attn/o_proj int4',
      'layers.*/mlp/gate_up_proj int4',
      'layers.*/mlp/down_proj int4',
      'head int8',
    ]);
    for (const { relativeError, format, matrices } of errors) {
      expect(relativeError).toBeGreaterThan(0);
      expect(relativeError).toBeLessThan(format === 'int4' ? 0.1 : 0.02);
      expect(matrices).toBe(format === 'int4' ? 2 : 1);
    }
    expect(manifest.precision).toMatchObject({ name: 'custom', int8Limit: 64 });
  });

  it('reports exact progress: all bytes are verified, then all are converted', async () => {
    const seen: LoadProgress[] = [];
    await convertCheckpoint(source, output, { onProgress: (progress) => seen.push(progress) });
    for (const type of ['verify', 'convert'] as const) {
      const steps = seen.filter((step) => step.type === type);
      const last = steps.at(-1) as LoadProgress & { doneBytes: number; totalBytes: number };
      expect(last.doneBytes).toBe(last.totalBytes);
    }
    expect(seen.findLastIndex(({ type }) => type === 'verify')).toBeLessThan(seen.findIndex(({ type }) => type === 'convert'));
  });

  it('replaces an older conversion, and never anything else', async () => {
    await convertCheckpoint(source, output);
    await convertCheckpoint(source, output, { precision: { vision: 'float32', language: 'float32', head: 'float32' } });
    expect(parseManifest(await readFile(join(output, 'manifest.json'), 'utf8'), '').precision.name).toBe('custom');
    await rm(join(output, 'manifest.json'));
    await expect(convertCheckpoint(source, output)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it.each([
    ['before it starts', 0],
    ['while it verifies', 1],
    ['while it writes', 60],
  ])('leaves nothing behind when aborted %s, and rejects with the reason', async (_, steps) => {
    const controller = new AbortController();
    const reason = new Error('enough');
    let count = 0;
    if (steps === 0) controller.abort(reason);
    const onProgress = (): void => {
      count += 1;
      if (count === steps) controller.abort(reason);
    };
    await expect(convertCheckpoint(source, output, { signal: controller.signal, onProgress })).rejects.toBe(reason);
    expect(await readdir(root)).toEqual(['source']);
  });

  it('removes what a killed conversion left, and nothing of a living process or of one that cannot be asked', async () => {
    const { pid, startedMs, world } = thisProcess();
    const kept = [`.output.tmp-${process.ppid}-1-${world}-bb`, `.output.tmp-999999999-1-0123456789ab-cc`];
    // The last one is of a process that had our id, as in a container that was started again.
    for (const dead of [`999999999-1-${world}-aa`, `${pid}-${startedMs - 1000}-${world}-aa`])
      await mkdir(join(root, `.output.tmp-${dead}`));
    for (const name of kept) await mkdir(join(root, name));
    await convertCheckpoint(source, output);
    expect(await readdir(root)).toEqual([...kept, 'output', 'source'].sort());
    for (const name of kept) await rm(join(root, name), { recursive: true });
  });

  it.each([
    ['NaN', 0x7fc0],
    ['infinity', 0xff80],
  ])('refuses a weight that is %s and names its tensor', async (_, bits) => {
    await poke('vision_model.encoder.layers.1.mlp.fc1.weight', bits);
    await expect(convertCheckpoint(source, output)).rejects.toMatchObject({
      code: 'MODEL_FILE_CORRUPT',
      tensor: 'vision_model.encoder.layers.1.mlp.fc1.weight',
      message: expect.stringContaining('value 0'),
    });
    expect(await readdir(root)).toEqual(['source']);
  });

  it('refuses missing, extra and mis-shaped tensors, the first named and all counted', async () => {
    await reshape((shapes) => {
      for (const name of [...shapes.keys()].filter((key) => key.endsWith('.ls1') || key.endsWith('.q_proj.weight'))) shapes.delete(name);
      shapes.delete('mlp1.0.bias');
      shapes.set('mlp1.3.bias', [65]);
      shapes.set('extra.weight', [1]);
    });
    const message = expect.stringMatching(
      /5 missing \(vision_model\.encoder\.layers\.0\.ls1, .* and 1 more\); 1 of another shape \(mlp1\.3\.bias is \[65\], expected \[64\]\); 1 not part of this model \(extra\.weight\)/,
    );
    await expect(convertCheckpoint(source, output)).rejects.toMatchObject({ code: 'MODEL_FILE_CORRUPT', message });
  });

  it('refuses a file that was cut off', async () => {
    await truncate(weightsFile(), (await stat(weightsFile())).size - 2);
    await expect(convertCheckpoint(source, output)).rejects.toMatchObject({
      code: 'MODEL_FILE_CORRUPT',
      message: expect.stringContaining('cut off'),
    });
  });

  it.each(['config.json', 'tokenizer_config.json', 'tokenizer.model', 'model.safetensors'])('refuses a folder without %s', async (name) => {
    await rm(join(source, name));
    await expect(convertCheckpoint(source, output)).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND', file: join(source, name) });
    expect(await readdir(root)).toEqual(['source']);
  });

  it('refuses an output below a regular file, or where a file stands', async () => {
    await expect(convertCheckpoint(source, join(source, 'config.json', 'out'))).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    await expect(convertCheckpoint(source, join(source, 'config.json'))).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  });

  it('refuses weights too large for float16 instead of making them infinite', async () => {
    await poke('mlp1.1.weight', 0x4780); // 65536
    const precision = { vision: 'float16', language: 'float16', head: 'float16' } as const;
    await expect(convertCheckpoint(source, output, { precision })).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED',
      message: expect.stringContaining('65536'),
    });
  });

  it('uses the embedding table as head when the two are tied', async () => {
    const config = tinyConfig();
    config.llm_config.tie_word_embeddings = true;
    await writeMiniCheckpoint(source, config);
    const { manifest } = await convertCheckpoint(source, output);
    expect(manifest.files['decoder.onnx.data']?.size).toBeGreaterThan(650 * 64 * 2);
  });
});

/** Moves the weights into two files, the first with the first ten tensors, and writes their index. */
async function splitInShards(): Promise<void> {
  const bytes = await readFile(weightsFile());
  const start = 8 + Number(bytes.readBigUInt64LE());
  const { __metadata__: _, ...header } = JSON.parse(bytes.subarray(8, start).toString());
  const all = Object.entries(header as Record<string, { shape: number[]; data_offsets: [number, number] }>);
  const weight_map: Record<string, string> = {};
  for (const [index, part] of [all.slice(0, 10), all.slice(10)].entries()) {
    const name = `model-0000${index + 1}-of-00002.safetensors`;
    const { bytes: head } = safetensorsHeader(new Map(part.map(([tensor, { shape }]) => [tensor, shape])));
    const data = part.map(
      ([
        ,
        {
          data_offsets: [begin, end],
        },
      ]) => bytes.subarray(start + begin, start + end),
    );
    await writeFile(join(source, name), Buffer.concat([head, ...data]));
    for (const [tensor] of part) weight_map[tensor] = name;
  }
  await rename(weightsFile(), join(root, 'whole'));
  await rm(join(root, 'whole'));
  await writeFile(join(source, 'model.safetensors.index.json'), JSON.stringify({ weight_map }));
}
