import { cp, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyConfig, writeMiniCheckpoint } from '../../../../dev/src/testing/mini-checkpoint.ts';
import { ensureConverted } from '../../../src/convert/ensure-converted.ts';
import { hashTiles } from '../../../src/diagnose/check-tiles.ts';
import { gradientPatches, measureNorms } from '../../../src/diagnose/measure-norms.ts';
import { type ExpectedNorm, type NormPoint, publishedNorms } from '../../../src/diagnose/published-norms.ts';
import { type SelfTestReference, selfTest } from '../../../src/diagnose/selftest.ts';
import { openRuntime } from '../../../src/runtime/open-runtime.ts';
import { hashFile } from '../../../src/store/hash-file.ts';

const points: readonly NormPoint[] = ['patch-embedding', 'pixel-shuffle', 'projector', 'layer-0', 'layer-1', 'output-norm', 'logits'];
const signal = new AbortController().signal;
let folder: string;
let checkpoint: string;
let norms: readonly ExpectedNorm[];
let reference: SelfTestReference;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'h2ovl-selftest-'));
  process.env.H2OVL_HOME = join(folder, 'home');
  checkpoint = join(folder, 'mini');
  await writeMiniCheckpoint(checkpoint);
  const { directory, manifest } = await ensureConverted(checkpoint, { precision: 'exact' });
  const runtime = await openRuntime();
  const measured = await measureNorms(
    runtime,
    { directory, manifest, visionWidth: tinyConfig().vision_config.hidden_size as number },
    points,
    signal,
  );
  await runtime.dispose();
  norms = points.map((point) => ({ point, norm: measured.get(point) as number, tolerance: 1e-3 }));
  const tilesSha256 = await hashTiles(manifest.model.image, signal);
  reference = { norms, tokenizerSha256: await hashFile(join(checkpoint, 'tokenizer.model'), 'sha256'), tilesSha256 };
});
afterAll(async () => {
  delete process.env.H2OVL_HOME;
  await rm(folder, { recursive: true, force: true });
});

/** The topics that failed. */
async function failures(directory: string, expected: SelfTestReference = reference): Promise<string[]> {
  const { checks } = await selfTest(directory, { reference: expected });
  return checks.filter(({ outcome }) => outcome === 'failed').map(({ topic }) => topic);
}

describe('selfTest', () => {
  it('passes on a checkpoint whose numbers are known, and measures every place', async () => {
    expect(norms.every(({ norm }) => Number.isFinite(norm) && norm > 0)).toBe(true);
    expect(new Set(norms.map(({ norm }) => norm.toFixed(6))).size).toBe(norms.length);
    const { checks } = await selfTest(checkpoint, { reference });
    expect(checks.map(({ outcome }) => outcome)).toEqual([
      ...Array<string>(2 + norms.length).fill('passed'),
      'skipped',
      'skipped',
      'skipped',
    ]);
  });

  it('agrees with a sum over the embedding that is computed by hand', async () => {
    const { directory, manifest } = await ensureConverted(checkpoint, { precision: 'exact' });
    const runtime = await openRuntime();
    try {
      const exact = { directory, manifest, visionWidth: tinyConfig().vision_config.hidden_size as number };
      const again = await measureNorms(runtime, exact, ['output-norm', 'logits'], signal);
      expect(again.get('logits')).toBeCloseTo(norms.find(({ point }) => point === 'logits')?.norm as number, 5);
    } finally {
      await runtime.dispose();
    }
    const { image } = manifest.model;
    const patches = gradientPatches(image);
    // Row 0 of the tile begins with v = 0, so with -mean / deviation; the second value is one step of 1 / side^2 further.
    expect(patches[0]).toBeCloseTo(-0.485 / 0.229, 5);
    expect((patches[1] as number) - (patches[0] as number)).toBeCloseTo(1 / image.tileSizePx ** 2 / 0.229, 6);
    expect(patches.length).toBe(3 * image.tileSizePx ** 2);
  });

  it('fails on one changed tensor, where it is and after it', async () => {
    const changed = join(folder, 'changed');
    await cp(checkpoint, changed, { recursive: true });
    const file = join(changed, 'model.safetensors');
    const bytes = await readFile(file);
    const headerLength = Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength)) as Record<
      string,
      { readonly data_offsets: readonly [number, number] }
    >;
    const tensor = header['language_model.model.layers.1.mlp.down_proj.weight'];
    const [from = 0, to = 0] = tensor?.data_offsets ?? [];
    expect(to).toBeGreaterThan(from);
    // Every value times eight: three more in the exponent of a bfloat16.
    for (let at = 8 + headerLength + from; at < 8 + headerLength + to; at += 2) bytes.writeUInt16LE(bytes.readUInt16LE(at) + 0x180, at);
    const handle = await open(file, 'w');
    await handle.write(bytes);
    await handle.close();
    const failed = await failures(changed);
    expect(failed).toContain('norm layer-1');
    expect(failed).not.toContain('norm layer-0');
    expect(failed).not.toContain('norm projector');
  });

  it('fails on a changed tokenizer, and on nothing else', async () => {
    const changed = join(folder, 'other-tokenizer');
    await cp(checkpoint, changed, { recursive: true });
    const file = join(changed, 'tokenizer.model');
    const bytes = await readFile(file);
    // One score, of the piece "▁t": the words fall into other pieces, and everything still opens. Field 2 of a piece is its score.
    const at = bytes.indexOf(Buffer.from([0x15]), bytes.indexOf(Buffer.from('\u2581t')));
    expect(at).toBeGreaterThan(0);
    bytes.writeFloatLE(bytes.readFloatLE(at + 1) - 1000, at + 1);
    await writeFile(file, bytes);
    expect(await failures(changed)).toEqual(['tokenizer']);
  });

  it.each([
    ['max_dynamic_patch', 5],
    ['use_msac', true],
    ['use_thumbnail', false],
  ])('fails on a changed tile rule, %s: %s, and on nothing else', async (rule, value) => {
    const changed = join(folder, `other-${rule}`);
    await cp(checkpoint, changed, { recursive: true });
    const file = join(changed, 'config.json');
    await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), [rule]: value }));
    expect(await failures(changed)).toEqual(['tiles']);
  });

  it('knows the tiles of the published models', async () => {
    const { checks } = await selfTest(checkpoint, { reference: { norms: [], tokenizerSha256: undefined, tilesSha256: undefined } });
    expect(checks.map(({ outcome }) => outcome)).toEqual(Array<string>(6).fill('skipped'));
    expect(publishedNorms['2b'].length).toBe(8);
  });
});
