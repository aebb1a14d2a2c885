import type { Manifest, MeasuredVisionPlan, PulledModel } from '@h2ovl/core';
import type { EnsureOptions } from '@h2ovl/core/convert';
import { expect, it } from 'vitest';
import type { CoreLibrary } from '../../../src/core-library.ts';
import { runFake } from '../fake-world.ts';

const plan: MeasuredVisionPlan = {
  plan: null,
  figures: null,
  failed: 0,
  calibration: 'built-in',
  measuredOn: { weights: 'of the checkpoint', int8Limit: 127 },
  outcome: 'Float32 stays.',
};

/** A hub with one model, whose vision part has so many bytes. */
function makeLibrary(visionBytes: number): { library: CoreLibrary; asked: EnsureOptions['visionPlan'][] } {
  const asked: EnsureOptions['visionPlan'][] = [];
  const library = {
    pullModel: async () => ({ name: 'some/model', directory: '/ck', wasReady: false, notices: [] }) as unknown as PulledModel,
    measureInt8Limit: async () => 127,
    measureVisionPlan: async () => plan,
    ensureConverted: async (_checkpoint: string, { visionPlan }: EnsureOptions) => {
      asked.push(visionPlan);
      const manifest = {
        precision: { name: 'balanced', ...(visionPlan && { visionPlan }) },
        form: { device: 'cpu' },
        graphs: { vision: { data: 'vision' } },
        files: { vision: { size: visionBytes } },
      } as unknown as Manifest;
      return { directory: '/converted', manifest, report: undefined };
    },
  } as unknown as CoreLibrary;
  return { library, asked };
}

it('measures the vision part of a large model once it is here, and converts it with what was found', async () => {
  const { library, asked } = makeLibrary(1_200_000_000);
  const { exitCode, stdout } = await runFake(['pull', 'some/model'], library);
  expect([exitCode, asked]).toEqual([0, [undefined, plan]]);
  expect(stdout).toContain('Converted to balanced');
});

it('leaves that out with --no-calibrate, and for small models', async () => {
  const large = makeLibrary(1_200_000_000);
  await runFake(['pull', 'some/model', '--no-calibrate'], large.library);
  const small = makeLibrary(10_000_000);
  await runFake(['pull', 'some/model'], small.library);
  expect([large.asked, small.asked]).toEqual([[undefined], [undefined]]);
});
