import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { pruneStore } from '../../src/model-files/prune-store.ts';
import type { MeasuredVisionPlan } from '../../src/model-files/vision-plan.ts';
import type { MeasureProgress } from '../../src/quality/vision-plan/measure-vision-plan.ts';
import { measureIn, undecided, writeCheckpoints } from '../helpers/vision-plans.ts';

const folder = mkdtempSync(join(tmpdir(), 'h2ovl-vision-plan-stopped-'));
const measure = measureIn(folder);
let measured: MeasuredVisionPlan;
let spoiled: string;
beforeAll(async () => {
  ({ spoiled } = await writeCheckpoints(folder));
  measured = await measure(undecided, spoiled, 'whole');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Begins a measurement in a folder of that name and stops it when it comes to a step. */
async function stopAt(step: string, name: string): Promise<void> {
  const control = new AbortController();
  const stop = (progress: MeasureProgress): void => {
    if (progress.type === 'measure' && progress.step === step) control.abort(new Error('enough'));
  };
  await expect(measure(undecided, spoiled, name, { signal: control.signal, onProgress: stop })).rejects.toThrow('enough');
}

/** Where it left what it had found. */
function recordOf(name: string): string {
  const measuring = join(folder, name, 'measuring');
  return join(measuring, readdirSync(measuring)[0] as string);
}

describe('a measurement of a vision plan that is stopped, or not alone', () => {
  it('goes on where it was stopped', async () => {
    await stopAt('judging the plan', 'stopped');
    const [left] = await pruneStore({ home: join(folder, 'stopped'), dryRun: true });
    expect(left?.reason).toBe('a measurement of a vision plan that was not finished');
    const steps = new Set<string>();
    const again = await measure(undecided, spoiled, 'stopped', {
      onProgress: (progress) => steps.add(progress.type === 'measure' ? progress.step : progress.type),
    });
    expect(again.figures?.predictions).toBeGreaterThanOrEqual(2000);
    expect([...steps]).toEqual(expect.arrayContaining(['judging the plan']));
    for (const done of ['convert', 'reading with float32 vision', 'observing', 'trying forms']) expect(steps).not.toContain(done);
  });

  it('makes anew what a stopped measurement left in pieces: a record, and logits that were written less far than their record says', async () => {
    await stopAt('judging the plan', 'pieces');
    const record = recordOf('pieces');
    writeFileSync(join(record, 'tried.json'), '{"smoothing": {');
    truncateSync(join(record, 'reference-0.logits'), 1001);
    rmSync(join(record, 'reference-1.logits'));
    const read: number[] = [];
    const steps = new Set<string>();
    const again = await measure(undecided, spoiled, 'pieces', {
      onProgress: (progress) => {
        if (progress.type !== 'measure') return;
        steps.add(progress.step);
        if (progress.step === 'reading with float32 vision') read.push(progress.done);
      },
    });
    expect(again).toEqual(measured);
    expect([...steps]).toContain('trying forms');
    expect(read).toHaveLength(2);
  });

  it('makes features of the pages that judge anew where a file is missing or damaged, those alone, and removes graphs of somebody who was killed', async () => {
    await stopAt('reading with float32 vision', 'features');
    const record = recordOf('features');
    const [first, second] = readdirSync(join(record, 'features')) as [string, string];
    const bytes = readFileSync(join(record, 'features', first));
    writeFileSync(join(record, 'features', first), bytes.fill((bytes[500] as number) ^ 1, 500, 501));
    rmSync(join(record, 'features', second));
    mkdirSync(join(record, 'graphs', 'try-123456'), { recursive: true });
    const encoded: number[] = [];
    const steps = new Set<string>();
    let graphs: string[] = [];
    const again = await measure(undecided, spoiled, 'features', {
      onProgress: (progress) => {
        if (progress.type !== 'measure') return;
        steps.add(progress.step);
        if (progress.step !== 'encoding pages in float32') return;
        encoded.push(progress.done);
        graphs = readdirSync(join(record, 'graphs'));
      },
    });
    expect(again).toEqual(measured);
    expect(encoded).toHaveLength(2);
    expect(graphs).toEqual([expect.stringMatching(/^compute-/)]);
    expect(steps).not.toContain('observing');
  });

  it('is done with the float32 tower before the language part is opened', async () => {
    const order: string[] = [];
    await measure(undecided, spoiled, 'order', {
      onProgress: (progress) => {
        const step = progress.type === 'measure' ? progress.step : progress.type;
        if (order.at(-1) !== step) order.push(step);
      },
    });
    const at = (step: string): number => order.indexOf(step);
    for (const step of ['observing', 'encoding pages in float32', 'trying forms']) expect(at(step)).toBeLessThan(at('session'));
    expect(at('session')).toBeLessThan(at('reading with float32 vision'));
    expect(order.slice(at('session'))).not.toContain('encoding pages in float32');
  });

  it('lets a second one that measures the same wait, and then measure for itself', async () => {
    const waits: string[] = [];
    const done: string[] = [];
    const one = (name: string): Promise<void> =>
      measure(undecided, spoiled, 'two', {
        onProgress: (progress) => {
          if (progress.type === 'wait') waits.push(`${name}: ${progress.reason}`);
        },
      }).then((result) => {
        expect(result).toEqual(measured);
        done.push(name);
      });
    await Promise.all([one('a'), one('b')]);
    expect(waits).toEqual([`${done[1]}: Process ${process.pid} is measuring this checkpoint.`]);
  });

  it('stops where its time is over, says while what, and goes on behind the pages that were judged', async () => {
    const judged: number[] = [];
    let stopAfter = 2;
    const begin = () =>
      measure(undecided, spoiled, 'short', {
        timeLimitMs: 60_000,
        onProgress: (progress) => {
          if (progress.type !== 'measure' || progress.step !== 'judging the plan') return;
          expect(progress.timeLimitMs).toBe(60_000);
          judged.push(progress.done);
          if (judged.length === stopAfter) vi.advanceTimersByTime(60_000);
        },
      });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      await expect(begin()).rejects.toMatchObject({
        code: 'MEASUREMENT_UNFINISHED',
        message: 'Measuring the vision part was stopped after 1 min, while judging the plan (2 of 16); the vision part stays in float32.',
        hint: expect.stringContaining('goes on where it stopped'),
      });
      expect(judged).toEqual([1, 2]);
      stopAfter = Number.POSITIVE_INFINITY;
      expect((await begin()).figures?.predictions).toBeGreaterThanOrEqual(2000);
      expect(judged).toEqual(Array.from({ length: 16 }, (_, page) => page + 1));
    } finally {
      vi.useRealTimers();
    }
  });
});
