import { mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { tinyConfig, writeMiniCheckpoint } from '../../../dev/src/testing/mini-checkpoint.ts';
import { type ConvertReport, convertCheckpoint } from '../../src/convert/index.ts';
import { digestWeights, type MeasuredVisionPlan } from '../../src/model-files/vision-plan.ts';

const folder = mkdtempSync(join(tmpdir(), 'h2ovl-take-over-'));
const checkpoint = join(folder, 'tiny');
const output = join(folder, 'converted');
afterAll(() => rmSync(folder, { recursive: true }));

let first: ConvertReport;
beforeEach(async () => {
  rmSync(checkpoint, { recursive: true, force: true });
  rmSync(output, { recursive: true, force: true });
  await writeMiniCheckpoint(checkpoint, tinyConfig());
  first = await convertCheckpoint(checkpoint, output);
});

const vision = ['vision.onnx', 'vision.onnx.data'];
const others = ['decoder.onnx', 'decoder.onnx.data', 'embeddings.bin', 'tokenizer.model'];
const place = (name: string): number => statSync(join(output, name)).ino;

/** Another value in a file, its size and time stamp as they were. */
function change(path: string, at: number): void {
  const { atime, mtime } = statSync(path);
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] as number) ^ 1;
  writeFileSync(path, bytes);
  utimesSync(path, atime, mtime);
}

describe('converting again into the same folder', () => {
  it('takes over what is there, as the same files, and says so', async () => {
    expect(first.takenOver).toEqual([]);
    const places = [...vision, ...others].map(place);
    const again = await convertCheckpoint(checkpoint, output);
    expect([...again.takenOver].sort()).toEqual([...others, ...vision].sort());
    expect([...vision, ...others].map(place)).toEqual(places);
    expect(again.errors).toEqual([]);
    expect(again.manifest).toEqual(first.manifest);
  });

  it('makes all of it anew where the language part is not what it was, and the vision part alone where that is', async () => {
    for (const [name, taken] of [
      ['decoder.onnx.data', []],
      ['vision.onnx.data', others],
    ] as const) {
      const before = readFileSync(join(output, name));
      change(join(output, name), 100);
      const again = await convertCheckpoint(checkpoint, output);
      expect([...again.takenOver].sort()).toEqual([...taken].sort());
      expect(readFileSync(join(output, name)).equals(before)).toBe(true);
    }
  });

  it('makes all of it anew where the checkpoint has other bytes under the same size and time', async () => {
    const weights = join(checkpoint, 'model.safetensors');
    change(weights, statSync(weights).size - 2); // the lowest bit of a number
    const again = await convertCheckpoint(checkpoint, output);
    expect(again.takenOver).toEqual([]);
    expect(again.manifest.source.files['model.safetensors']?.sha256).not.toBe(first.manifest.source.files['model.safetensors']?.sha256);
  });

  it.each([{ precision: 'exact' }, { int8Limit: 127 }] as const)('takes nothing over from another precision: %o', async (options) => {
    expect((await convertCheckpoint(checkpoint, output, options)).takenOver).toEqual([]);
  });

  it('takes the vision part over too after a measurement that keeps it in float32, and all but it where a plan differs', async () => {
    const none: MeasuredVisionPlan = {
      ...{ plan: null, figures: null, failed: 0, calibration: 'built-in', outcome: 'No plan is enough faster.' },
      measuredOn: { weights: digestWeights(first.manifest.source.files), int8Limit: 64 },
    };
    const measured = await convertCheckpoint(checkpoint, output, { visionPlan: none });
    expect([...measured.takenOver].sort()).toEqual([...others, ...vision].sort());
    expect(measured.manifest.precision.visionPlan).toEqual(none);
    const plan = { matrices: { 'vision/layers.0/mlp/fc1': { type: 'int8', products: 1, apart: [] } }, smoothing: {} } as const;
    const planned = await convertCheckpoint(checkpoint, output, { visionPlan: { ...none, plan } });
    expect([...planned.takenOver].sort()).toEqual([...others].sort());
    const plain = await convertCheckpoint(checkpoint, output);
    expect([...plain.takenOver].sort()).toEqual([...others].sort());
    expect(plain.manifest.files).toEqual(first.manifest.files);
  });
});
