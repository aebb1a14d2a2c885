import '../src/testing/use-source-scripts.ts';
import { closeLineReader } from '@h2ovl/core/internal/lines/read-lines';
import { afterAll, expect, test } from 'vitest';
import { hasFonts } from '../src/lines-trial/installed-fonts.ts';
import { keepsPromise as keepsEvidence, tryEvidence } from '../src/verdicts-trial/evidence/evidence-part.ts';
import { keepsPromise as keepsSupport, trySupport } from '../src/verdicts-trial/support/support-part.ts';

afterAll(closeLineReader);

// The reduced rings of `npm run trial:verdicts -- support` and `-- evidence`.
test.skipIf(!(await hasFonts()))('finds invented and dropped lines and changed digits in readings of drawn pages', async () => {
  const faults: string[] = [];
  const report = await trySupport('tried', 8, (fault) => faults.push(fault));
  expect(report.invented).toBeGreaterThan(10);
  console.log(faults.join('\n'));
  expect(keepsSupport(report)).toBe(true);
});

test.skipIf(!(await hasFonts()))(
  'finds the values of drawn receipts, invoices, forms and orders where they stand, and no wrong ones',
  async () => {
    const faults: string[] = [];
    const report = await tryEvidence('tried', 8, (fault) => faults.push(fault));
    console.log(faults.join('\n'));
    expect(report.wrong).toBeGreaterThan(20);
    expect(keepsEvidence(report)).toBe(true);
  },
);
