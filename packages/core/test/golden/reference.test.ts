import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkFile } from '../../../dev/src/reference/reference.ts';
import { readReferenceFile } from '../../../dev/src/reference/reference-file.ts';
import { bundleWorker } from '../../../dev/src/testing/bundle-script.ts';
import { adapters } from '../helpers/runtime-under-test.ts';

// Origin: PyTorch 2.11 with transformers 5.17, float32, on synthetic checkpoints; tolerance: 1e-3 of the largest value, tokens identical.
describe.each(adapters)('every stage agrees with PyTorch through the %s adapter', (adapter) => {
  it.each(['mini-800m', 'mini-2b'])('%s', async (name) => {
    const failed: string[] = [];
    let stages = 0;
    const path = join(import.meta.dirname, 'reference', `${name}.json`);
    for await (const stage of checkFile(await readReferenceFile(path), { adapter, workerUrl: await bundleWorker() })) {
      stages += 1;
      if (!stage.result.passed) failed.push(`${stage.name} ${stage.result.stage}: ${stage.result.detail}`);
    }
    expect(failed).toEqual([]);
    expect(stages).toBe(35); // weights, and for each of 5 cases: tiles, prompt, features (4 of them), 3 of the language model, prefill = steps
  });
});
