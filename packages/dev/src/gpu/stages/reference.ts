import { join } from 'node:path';
import { checkFile } from '../../reference/reference.ts';
import { readReferenceFile } from '../../reference/reference-file.ts';
import type { Stage } from './stage.ts';

/** PyTorch's numbers against the device, in float32 and in the form and precision that people use. */
export const reference: Stage = async ({ places, size }, report) => {
  for (const precision of ['exact', 'balanced'] as const) {
    let passed = 0;
    const failed: string[] = [];
    const details: string[] = [];
    for (const { name, cases } of size.references) {
      const file = await readReferenceFile(join(places.references, `${name}.json`));
      for await (const stage of checkFile(file, { device: 'webgpu', precision, ...(cases && { cases }) })) {
        const line = `${name} ${stage.name} ${stage.result.stage}: ${stage.result.detail}`;
        details.push(line);
        if (stage.result.passed) passed += 1;
        else failed.push(line);
      }
    }
    report(precision, { passed, failed: failed.length, failures: failed, details });
  }
};
