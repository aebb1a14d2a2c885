import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nanoCheckpoint, readablePages } from '../../../../dev/src/testing/nano-samples.ts';
import { checkUse, judgeLayouts } from '../../../src/diagnose/check-use.ts';
import type { SelfTestCheck } from '../../../src/diagnose/selftest.ts';
import { readModelConfig } from '../../../src/model-files/model-config.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'h2ovl-use-'));
  process.env.H2OVL_HOME = join(folder, 'home');
});
afterAll(async () => {
  delete process.env.H2OVL_HOME;
  await rm(folder, { recursive: true, force: true });
});

const [{ path: file }] = readablePages;
const check = (checkpoint: string): Promise<readonly SelfTestCheck[]> =>
  checkUse(
    checkpoint,
    { page: { file, question: 'Read the text in the image.', answer: undefined } },
    { signal: new AbortController().signal },
  );

describe('checkUse', () => {
  it('finds nano at home with the layout it is used with, and tells its speed', async () => {
    expect(await check(nanoCheckpoint)).toEqual([
      {
        outcome: 'passed',
        topic: 'JSON layout',
        message: expect.stringMatching(/^Most probable: [\w ]+; .*(?: (?:one line|indent [24]) -\d+\.\d[,.]){3}$/),
      },
      { outcome: 'measured', topic: 'speed', message: expect.stringMatching(/^\d+\.\d tokens\/s: \d+ MB of weights fit/) },
    ]);
  });

  it('fails when the model is said to have been taught another one', async () => {
    const changed = join(folder, 'nano-indented');
    await cp(nanoCheckpoint, changed, { recursive: true });
    const config = join(changed, 'config.json');
    const taught = (await readModelConfig(nanoCheckpoint)).jsonLayout;
    const other = taught === 'indent-4' ? 'line' : 'indent-4';
    await writeFile(config, JSON.stringify({ ...JSON.parse(await readFile(config, 'utf8')), json_layout: other }));
    const [layout] = await check(changed);
    expect(layout).toMatchObject({ outcome: 'failed', topic: 'JSON layout' });
  });
});

describe('judgeLayouts', () => {
  const measures = [
    { layout: 'line', structureLogProbability: -8 },
    { layout: 'indent-2', structureLogProbability: -7.5 },
    { layout: 'indent-4', structureLogProbability: -30 },
  ] as const;

  it.each([
    ['line', 'passed'],
    ['indent-2', 'passed'],
    ['indent-4', 'failed'],
  ] as const)('takes %s for %s where two are nearly the same', (stated, outcome) => {
    expect(judgeLayouts(measures, stated).outcome).toBe(outcome);
  });
});
