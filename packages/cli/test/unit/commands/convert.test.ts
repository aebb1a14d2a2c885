import { VisionError } from '@h2ovl/contract';
import type { Manifest, MeasuredVisionPlan, VisionPlanOptions } from '@h2ovl/core';
import type { ConvertOptions } from '@h2ovl/core/convert';
import { beforeEach, describe, expect, it } from 'vitest';
import type { CoreLibrary } from '../../../src/core-library.ts';
import { runFake } from '../fake-world.ts';

let probes: number;
let given: ConvertOptions[];
let measured: VisionPlanOptions[];
let visionBytes: number;
/** Files of an earlier result in the folder that are taken over. */
let takenOver: string[];
/** What measuring ends with instead of a plan. */
let stopped: Error | undefined;
const measuredPlan: MeasuredVisionPlan = {
  plan: { matrices: { 'vision/layers.0/attn/qkv': { type: 'int8', products: 1, apart: [] } }, smoothing: {} },
  figures: {
    pages: 16,
    predictions: 2048,
    agreement: { value: 0.9985, low: 0.996, high: 1 },
    divergence: { value: 0.0002, low: 0.0001, high: 0.0003 },
    timeShare: 0.6,
  },
  failed: 0,
  calibration: 'built-in',
  measuredOn: { weights: 'of the checkpoint', int8Limit: 127 },
  outcome: 'The plan keeps the answers.',
};
beforeEach(() => {
  measured = [];
  takenOver = [];
  stopped = undefined;
  visionBytes = 10_000_000;
  probes = 0;
  given = [];
});

/** A library on a processor that bears 127. */
const library = {
  locateModel: async () => ({ type: 'checkpoint', name: 'ck', directory: '/ck' }),
  measureInt8Limit: async () => {
    probes += 1;
    return 127;
  },
  convertCheckpoint: async (_checkpoint: string, directory: string, options: ConvertOptions) => {
    given.push(options);
    const int8Limit = options.precision === 'exact' ? null : (options.int8Limit ?? 64);
    const precision = { name: options.precision ?? 'balanced', vision: 'float32', language: 'int8', head: 'int8', int8Limit };
    const { visionPlan } = options;
    const manifest = {
      precision: { ...precision, ...(visionPlan && { visionPlan }) },
      form: { device: 'cpu' },
      graphs: { vision: { data: 'vision' } },
      files: { vision: { size: visionBytes } },
    } as unknown as Manifest;
    const errors = [{ group: visionPlan ? 'vision' : 'language', format: 'int8', matrices: 1, relativeError: 0.01, largestError: 0.02 }];
    return { directory, manifest, errors, outputBytes: 0, takenOver, durationMs: 1000 };
  },
  findCalibrationPages: async (folder: string) => {
    if (folder === '/empty') throw new VisionError('INVALID_ARGUMENT', '/empty holds no images.');
  },
  measureVisionPlan: async (_checkpoint: string, options: VisionPlanOptions) => {
    measured.push(options);
    if (stopped !== undefined) throw stopped;
    return measuredPlan;
  },
} as unknown as CoreLibrary;

describe('h2ovl convert into a folder', () => {
  it('converts for what this processor bears, and says so', async () => {
    const { stdout } = await runFake(['convert', '/ck', '/out'], library);
    expect(given[0]?.int8Limit).toBe(127);
    expect(stdout).toContain('language int8, head int8, 8-bit weights up to 127;');
  });

  it('takes --int8-limit as it is, and measures nothing then', async () => {
    const { stdout } = await runFake(['convert', '/ck', '/out', '--int8-limit', '64'], library);
    expect([given[0]?.int8Limit, probes]).toEqual([64, 0]);
    expect(stdout).toContain('8-bit weights up to 64;');
  });

  it('says when all of it was there already, and nothing was computed', async () => {
    const told = async (): Promise<unknown> => JSON.parse((await runFake(['convert', '/ck', '/out', '--json'], library)).stdout).wasReady;
    expect(await told()).toBe(false);
    takenOver = ['vision'];
    expect(await told()).toBe(true);
    expect((await runFake(['convert', '/ck', '/out'], library)).stdout).toContain(', converted before');
  });

  it('measures nothing for weights that are not rounded', async () => {
    const { stdout } = await runFake(['convert', '/ck', '/out', '--precision', 'exact'], library);
    expect([given[0]?.int8Limit, probes]).toEqual([undefined, 0]);
    expect(stdout).not.toContain('8-bit weights');
  });
});

describe('measuring the vision part', () => {
  it('says each step once in the log, and a further plan that is judged once more', async () => {
    visionBytes = 1_200_000_000;
    const steps = [
      ['observing', 1],
      ['observing', 2],
      ['judging the plan', 1],
      ['judging the plan', 2],
      ['judging the plan', 1],
      ['judging the plan', 2],
    ] as const;
    const measureVisionPlan = async (_checkpoint: string, { onProgress }: VisionPlanOptions) => {
      for (const [step, done] of steps) onProgress?.({ type: 'measure', step, done, total: 2, elapsedMs: 0, timeLimitMs: 600_000 });
      return measuredPlan;
    };
    const { stderr } = await runFake(['convert', '/ck', '/out', '--log-level', 'info'], { ...library, measureVisionPlan });
    const judging = 'Vision plan: judging the plan, 1 of 2.';
    expect(stderr.split('\n').filter((line) => line.startsWith('Vision plan:'))).toEqual([
      'Vision plan: observing, 1 of 2.',
      judging,
      judging,
    ]);
  });

  it('is done for large models, after a conversion that can be used, and its plan is converted with', async () => {
    visionBytes = 1_200_000_000;
    const { stdout } = await runFake(['convert', '/ck', '/out'], library);
    expect(measured).toMatchObject([{ int8Limit: 127 }]);
    expect(given.map(({ visionPlan }) => visionPlan)).toEqual([undefined, measuredPlan]);
    expect(stdout).toContain('1 of 1 matrices in int8');
    expect(stdout).toContain('same first token 99.85 % (99.60 % to 100.00 %), 2048 predictions on 16 pages');
  });

  it('tells the errors and the time of both conversions, since the second takes the language part over', async () => {
    visionBytes = 1_200_000_000;
    const { stdout } = await runFake(['convert', '/ck', '/out'], library);
    expect(stdout).toContain('made in 2.0 s');
    expect(stdout).toMatch(/^vision +int8 /m);
    expect(stdout).toMatch(/^language +int8 /m);
  });

  it.each(['RUNTIME_UNAVAILABLE', 'MEASUREMENT_UNFINISHED', 'STORAGE_UNAVAILABLE'] as const)(
    'keeps float32 where memory, time or room on the disk is short (%s), and says how to go on',
    async (code) => {
      visionBytes = 1_200_000_000;
      stopped = new VisionError(code, 'Something is missing.');
      const { exitCode, stdout, stderr } = await runFake(['convert', '/ck', '/my out', '--calibrate', '/pages'], library);
      expect([exitCode, given.length]).toEqual([0, 1]);
      expect(stderr).toContain(`Something is missing. [${code}]`);
      expect(stderr).toMatch(/convert \/ck "\/my out" --calibrate \/pages/);
      expect(stdout).toContain('vision float32');
      stopped = new VisionError('SESSION_FAILED', 'Something is broken.');
      expect((await runFake(['convert', '/ck', '/out'], library)).exitCode).toBe(1);
    },
  );

  it('is left out for small models, and with --no-calibrate', async () => {
    await runFake(['convert', '/ck', '/out'], library);
    visionBytes = 1_200_000_000;
    const { stdout } = await runFake(['convert', '/ck', '/out', '--no-calibrate'], library);
    expect([measured.length, given.length]).toEqual([0, 2]);
    expect(stdout).toContain('nobody has measured what 8 bits cost these weights');
  });

  it('is done for small models when asked for, on the pages of a folder', async () => {
    await runFake(['convert', '/ck', '/out', '--calibrate', '/pages'], library);
    await runFake(['convert', '/ck', '/out', '--calibrate'], library);
    expect(measured.map(({ pages }) => pages)).toEqual(['/pages', undefined]);
  });

  it('refuses a folder without images before anything is converted', async () => {
    const { exitCode, stderr } = await runFake(['convert', '/ck', '/out', '--calibrate', '/empty'], library);
    expect([exitCode, given.length, measured.length]).toEqual([1, 0, 0]);
    expect(stderr).toContain('/empty holds no images');
  });

  it.each(['exact', 'fast'])('is refused for %s, whose vision part is float32', async (precision) => {
    const { exitCode, stderr } = await runFake(['convert', '/ck', '/out', '--precision', precision, '--calibrate'], library);
    expect([exitCode, measured.length]).toEqual([2, 0]);
    expect(stderr).toContain(`${precision} keeps its vision part in float32`);
  });
});
