import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureConverted } from '../../src/convert/index.ts';
import { describeVisionPlan } from '../../src/model-files/describe-vision-plan.ts';
import { describeMix, type MeasuredVisionPlan } from '../../src/model-files/vision-plan.ts';
import { type Assumed, type MeasureProgress, measureAssuming } from '../../src/quality/vision-plan/measure-vision-plan.ts';
import { fast, measureIn, times, undecided, writeCheckpoints } from '../helpers/vision-plans.ts';

const folder = mkdtempSync(join(tmpdir(), 'h2ovl-vision-plan-'));
const measure = measureIn(folder);
let measured: MeasuredVisionPlan;
let checkpoint: string;
let spoiled: string;
beforeAll(async () => {
  ({ checkpoint, spoiled } = await writeCheckpoints(folder));
  measured = await measure(undecided, spoiled, 'whole');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('measuring a vision plan', () => {
  it('finds forms in 8 bits that keep the answers of a tower with outliers, and leaves nothing behind', () => {
    const { plan, figures, calibration } = measured;
    expect(figures?.predictions).toBeGreaterThanOrEqual(2000);
    expect(figures?.divergence.high).toBeLessThanOrEqual(0.001);
    expect(figures?.timeShare).toBe(0.4);
    const mix = describeMix(plan ?? { matrices: {}, smoothing: {} });
    expect(mix.matrices).toBe(2 * 4 + 2);
    expect(mix.int8 + mix.int8Twice).toBeGreaterThan(0);
    expect(mix.smoothedChannels).toBeGreaterThan(0);
    expect(calibration).toBe('built-in');
    expect(readdirSync(join(folder, 'whole', 'measuring'))).toEqual([]);
  });

  it('leaves float32 where no plan keeps the limits, after the worst matrices were given better forms', async () => {
    const impossible = { ...fast, limits: { divergence: 1e-12, agreement: 0.997, predictions: 2000 } };
    const none = await measure(impossible, checkpoint, 'never');
    expect(none.plan).toBeNull();
    expect(none.failed).toBeGreaterThan(0);
    expect(none.figures?.divergence.value).toBeGreaterThan(1e-12);
    expect(none.outcome).toContain('the vision part stays in float32');
  });

  it('gives the worst half better forms where the first plan fails, and judges again', async () => {
    const first = await measure({ ...fast, limits: { divergence: 1, agreement: 0, predictions: 2000 } }, checkpoint, 'loose');
    expect(first.failed).toBe(0);
    const limits = { divergence: 0.9 * (first.figures?.divergence.value as number), agreement: 0, predictions: 2000 };
    const next = await measure({ ...fast, limits }, checkpoint, 'tightened');
    expect(next.failed).toBeGreaterThan(0);
    const forms = ({ plan }: MeasuredVisionPlan) => Object.entries(plan?.matrices ?? {});
    const before = new Map(forms(first));
    const changed = forms(next).filter(([address, form]) => !isDeepStrictEqual(form, before.get(address)));
    expect(changed.length).toBeGreaterThanOrEqual(5); // of ten
    expect(next.figures?.divergence.high).toBeLessThanOrEqual(limits.divergence);
  });

  it('judges nothing where no form is faster than float32 on this processor', async () => {
    const slow = Object.fromEntries(Object.keys(times).map((key) => [key, 1.1]));
    const steps = new Set<string>();
    const nothing = await measure({ times: slow }, checkpoint, 'slow', {
      onProgress: (progress) => steps.add(progress.type === 'measure' ? progress.step : progress.type),
    });
    for (const dear of ['observing', 'session', 'reading with float32 vision']) expect(steps).not.toContain(dear);
    expect(nothing).toMatchObject({ plan: null, figures: null, failed: 0 });
    expect(nothing.outcome).toContain('No plan is enough faster');
  });

  it('leaves float32 where the plan that keeps the answers is no faster, and says that it was judged', async () => {
    const slow = await measure({ ...undecided, timeShare: 0.96 }, spoiled, 'slower');
    expect(slow).toMatchObject({ plan: null, failed: 0, figures: { timeShare: 0.96 } });
    expect(slow.outcome).toContain('no faster than float32 here');
  });

  it('reads a plan no further than it can still keep the limits, and says how far', async () => {
    const strict = { ...fast, limits: { divergence: 1e-12, agreement: 0, predictions: 2000 } };
    const judged: number[] = [];
    const none = await measure(strict, checkpoint, 'strict', {
      onProgress: (progress) => {
        if (progress.type === 'measure' && progress.step === 'judging the plan') judged.push(progress.done);
      },
    });
    // Two pages, since one gives no intervals; of each plan.
    expect(judged.length).toBeGreaterThanOrEqual(2);
    expect(judged).toEqual(judged.map((_, index) => 1 + (index % 2)));
    expect(none).toMatchObject({ plan: null, figures: { pages: 2, timeShare: null } });
    expect(Number.isFinite(none.figures?.divergence.low)).toBe(true);
  });

  it('times the tiles of a plan that keeps the answers, when nobody assumes their time', async () => {
    const { figures, outcome } = await measure({ times, limits: undecided.limits as NonNullable<Assumed['limits']> }, spoiled, 'timed');
    expect(figures?.timeShare).toBeGreaterThan(0);
    expect(outcome).toMatch(/keeps the answers/);
  });

  it('refuses to begin with too little memory, and says how much is missing', async () => {
    const steps: string[] = [];
    const poor = { ...undecided, memory: { name: 'this machine', bytes: 100e6 } };
    const onProgress = ({ type }: MeasureProgress): void => void steps.push(type);
    await expect(measure(poor, spoiled, 'poor', { onProgress })).rejects.toMatchObject({
      code: 'RUNTIME_UNAVAILABLE',
      message: expect.stringMatching(/takes about 0\.2 GB of memory, and this machine has 0\.1 GB free: 0\.1 GB are missing/),
    });
    expect(steps).toEqual([]);
  });

  it.each([0, -1, Number.NaN, 2 ** 31])('refuses %d ms as a limit', async (timeLimitMs) => {
    await expect(measure(undecided, spoiled, 'never', { timeLimitMs })).rejects.toMatchObject({ param: 'timeLimitMs' });
  });

  it('reads with the conversion to exact that the user has, and makes none', async () => {
    const home = join(folder, 'has-exact');
    await ensureConverted(spoiled, { home, precision: 'exact' });
    const steps = new Set<string>();
    await measureAssuming(undecided, spoiled, { home, onProgress: ({ type }) => steps.add(type) });
    expect([...steps]).not.toContain('convert');
  });

  it('chooses by the images of a folder, and refuses a folder without any', async () => {
    const pages = join(folder, 'pages');
    mkdirSync(pages);
    const own = { home: join(folder, 'own'), pages };
    await expect(measureAssuming(undecided, spoiled, own)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', param: 'pages' });
    copyFileSync(new URL('../../calibration/choose-01.png', import.meta.url), join(pages, 'mine.png'));
    mkdirSync(join(pages, 'a folder.png'));
    symlinkSync(join(pages, 'nowhere'), join(pages, 'a link.png'));
    expect(await measureAssuming(undecided, spoiled, own)).toMatchObject({ calibration: 'own' });
    writeFileSync(join(pages, 'broken.png'), 'no picture');
    await expect(measureAssuming(undecided, spoiled, own)).rejects.toMatchObject({
      code: expect.stringMatching(/^IMAGE_/),
      message: expect.stringContaining('broken.png'),
    });
  });
});

describe('a conversion with a measured plan', () => {
  const home = join(folder, 'converted');

  it('takes the place of the one in float32 and is kept by whoever loads it; without a plan it is float32 again', async () => {
    const plain = await ensureConverted(spoiled, { home });
    expect(plain.manifest.precision).toMatchObject({ vision: 'float32' });
    expect(plain.manifest.precision.visionPlan).toBeUndefined();
    const decoderPlace = statSync(join(plain.directory, 'decoder.onnx.data')).ino;
    const planned = await ensureConverted(spoiled, { home, visionPlan: measured });
    expect(planned.directory).toBe(plain.directory);
    expect(planned.manifest.precision).toMatchObject({ name: 'balanced', vision: 'int8', visionPlan: measured });
    expect((await ensureConverted(spoiled, { home, visionPlan: measured })).report).toBeUndefined();
    const loaded = await ensureConverted(spoiled, { home });
    expect([loaded.report, loaded.manifest.precision.visionPlan]).toEqual([undefined, measured]);
    expect(describeVisionPlan(loaded.manifest)).toMatch(
      /^Vision plan, measured on these weights: .* same first token .* 2048 predictions on 16 pages/,
    );
    const size = ({ manifest: { files } }: typeof plain): number => files['vision.onnx.data']?.size ?? 0;
    expect(size(planned)).toBeLessThan(size(plain));
    // The language part is the same file: it was taken over, not made again.
    const place = ({ directory }: typeof plain): number => statSync(join(directory, 'decoder.onnx.data')).ino;
    expect(place(planned)).toBe(decoderPlace);
    expect(planned.manifest.files['decoder.onnx.data']).toEqual(plain.manifest.files['decoder.onnx.data']);
    expect(planned.manifest.source).toEqual(plain.manifest.source);
    // Where it was damaged meanwhile, it is.
    const damaged = join(planned.directory, 'decoder.onnx.data');
    const bytes = readFileSync(damaged);
    writeFileSync(damaged, Buffer.from(bytes).fill((bytes[100] as number) ^ 1, 100, 101));
    const again = await ensureConverted(spoiled, { home, visionPlan: null });
    expect(readFileSync(join(again.directory, 'decoder.onnx.data')).equals(bytes)).toBe(true);
    expect(again.manifest.precision.visionPlan).toBeUndefined();
    expect(again.manifest.files['vision.onnx.data']).toEqual(plain.manifest.files['vision.onnx.data']);
  });

  it('keeps the record of a measurement after which float32 stays', async () => {
    const none: MeasuredVisionPlan = {
      ...measured,
      plan: null,
      outcome: 'None of 3 plans keeps the answers; the vision part stays in float32.',
    };
    const { manifest } = await ensureConverted(spoiled, { home, visionPlan: none });
    expect(manifest.precision).toMatchObject({ vision: 'float32', visionPlan: none });
    expect(describeVisionPlan(manifest)).toMatch(/^Vision plan: None of 3 plans keeps the answers; .* The last plan: KL /);
  });

  it('is refused for other weights, and for another range of 8 bits than it was measured with', async () => {
    const elsewhere = { home: join(folder, 'elsewhere'), visionPlan: measured };
    await expect(ensureConverted(checkpoint, elsewhere)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      param: 'visionPlan',
      message: expect.stringContaining('other weights'),
    });
    await expect(ensureConverted(spoiled, { ...elsewhere, int8Limit: 127 })).rejects.toMatchObject({
      param: 'visionPlan',
      message: expect.stringContaining('up to 64, and int8Limit is 127'),
    });
    const wide: MeasuredVisionPlan = { ...measured, measuredOn: { ...measured.measuredOn, int8Limit: 127 } };
    const { manifest } = await ensureConverted(spoiled, { ...elsewhere, visionPlan: wide });
    expect(manifest.precision.int8Limit).toBe(127);
    const { measuredOn: _, ...older } = measured; // as manifests of before have it
    await expect(ensureConverted(spoiled, { ...elsewhere, visionPlan: older as never })).rejects.toMatchObject({ param: 'visionPlan' });
  });

  it('is refused for other precisions', async () => {
    const options = { home, precision: 'fast', visionPlan: measured } as const;
    await expect(ensureConverted(spoiled, options)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', param: 'visionPlan' });
  });
});
