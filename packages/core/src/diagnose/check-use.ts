import type { JsonLayout } from '../model-files/manifest.ts';
import { type LayoutMeasure, measureLayouts } from '../quality/measure-layouts.ts';
import type { QualityProgress } from '../quality/measure-quality.ts';
import { openPrecision } from '../quality/open-precision.ts';
import { openRuntime } from '../runtime/open-runtime.ts';
import { gigabytes } from './finding.ts';
import { measureSpeed, type SpeedMeasure } from './measure-speed.ts';
import type { SelfTestCheck, SelfTestOptions } from './selftest.ts';

/** Shorter names of what a model is taught to be shown JSON in. */
const layoutNames: Readonly<Record<JsonLayout, string>> = { line: 'one line', 'indent-2': 'indent 2', 'indent-4': 'indent 4' };

/** Less than this, in nats, is no preference: rounding and the choice of the example weigh as much. */
const clearMargin = 1;

/** Weights below this lie in the processor's caches, so memory is no roof for them. */
const leastRoofBytes = 200e6;

/** What matters when the model is used: the layout of JSON it is at home with, and its speed beside what the machine allows. */
export async function checkUse(
  checkpoint: string,
  { precision = 'balanced', page }: SelfTestOptions,
  passOn: { readonly signal: AbortSignal; readonly onProgress?: (progress: QualityProgress) => void },
): Promise<readonly SelfTestCheck[]> {
  if (!page) {
    return ['JSON layout', 'speed'].map((topic) => ({ outcome: 'skipped', topic, message: 'A page is needed to measure it.' }));
  }
  const runtime = await openRuntime();
  try {
    const model = await openPrecision(precision, { ...passOn, runtime, checkpoint });
    try {
      return [
        judgeLayouts(await measureLayouts(model, page.file, passOn.signal), model.manifest.model.jsonLayout),
        describeSpeed(await measureSpeed(runtime, model, page, passOn.signal)),
      ];
    } finally {
      await model.opened.dispose();
    }
  } finally {
    await runtime.dispose();
  }
}

/** Compares the most probable layout with the stated one. */
export function judgeLayouts(measures: readonly LayoutMeasure[], stated: JsonLayout): SelfTestCheck {
  const topic = 'JSON layout';
  const ranked = [...measures].sort((a, b) => b.structureLogProbability - a.structureLogProbability);
  const ofStated = ranked.find(({ layout }) => layout === stated)?.structureLogProbability ?? Number.NEGATIVE_INFINITY;
  const best = ranked[0] as LayoutMeasure;
  const list = ranked
    .map(({ layout, structureLogProbability }) => `${layoutNames[layout]} ${structureLogProbability.toFixed(1)}`)
    .join(', ');
  const message = `Most probable: ${layoutNames[best.layout]}; the model is used with ${layoutNames[stated]}. Log probabilities of an answer's structure: ${list}.`;
  return { outcome: best.structureLogProbability - ofStated < clearMargin ? 'passed' : 'failed', topic, message };
}

function describeSpeed({ tokensPerSecond, bytesPerToken, bandwidth }: SpeedMeasure): SelfTestCheck {
  const reads = tokensPerSecond * bytesPerToken;
  const share =
    bytesPerToken < leastRoofBytes
      ? `${gigabytes(bytesPerToken)} of weights fit the processor's caches, so memory does not limit it`
      : `${((reads / bandwidth) * 100).toFixed(0)} % of what memory allows (${gigabytes(bytesPerToken)} a token at ${gigabytes(bandwidth)}/s)`;
  return { outcome: 'measured', topic: 'speed', message: `${tokensPerSecond.toFixed(1)} tokens/s: ${share}.` };
}
