import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeMiniCheckpoint } from '../../../dev/src/testing/mini-checkpoint.ts';
import { runCliProcess, temporaryFolder } from './cli-process.ts';

const page = readFileSync(new URL('../../../../docs/doctor.md', import.meta.url), 'utf8');

/** The outputs under a heading of docs/doctor.md. */
function shown(heading: string): readonly string[] {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/^```\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
}

/** An output without what differs between machines and runs: numbers, keys, dates, folders, and the features of a processor. */
function shapeOf(output: string, home: string): string[] {
  return output
    .replaceAll(home, 'HOME')
    .replaceAll(/node \S+\.mjs/g, 'h2ovl') // how the tests start it
    .replaceAll(/\/home\/you\/(?:\.cache\/h2ovl|small|ro)\b/g, 'HOME')
    .replaceAll(/\b[0-9a-f]{16,64}\b/g, 'KEY')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d-]+Z/g, 'TIME')
    .replaceAll(/\d+(?:[.,]\d+)*/g, '#')
    .replaceAll(/ [MG]B\b/g, ' BYTES')
    .split('\n')
    .map((line) =>
      line
        .replace(/^(ok {5,}(?:processor|graphics)) .*/, '$1')
        .replaceAll(/(?<=\S) {2,}/g, '  ')
        .replace(/^ {2,}Next/, '  Next')
        .trimEnd(),
    )
    .filter((line) => line !== '' && line !== '…');
}

const canMount = process.platform === 'linux' && spawnSync('unshare', ['-rm', 'true']).status === 0;
if (!canMount)
  console.warn('SKIPPED: doctor on a read-only and on a small disk is compared with docs/doctor.md only on Linux with unshare.');

const folder = temporaryFolder();
const home = join(folder, 'home');
const doctor = (at = home): ReturnType<typeof runCliProcess> => runCliProcess(['doctor'], { home: at });

describe('docs/doctor.md shows what h2ovl doctor prints', () => {
  beforeAll(async () => {
    await writeMiniCheckpoint(join(folder, 'my-model'));
    expect(await runCliProcess(['pull', join(folder, 'my-model')], { home })).toMatchObject({ code: 0 });
  });

  it('on a healthy machine', async () => {
    const run = await doctor();
    expect([run.code, shapeOf(run.stdout, home)]).toEqual([0, shapeOf(shown('A healthy machine')[0] ?? '', home)]);
  });

  it('without models', async () => {
    const empty = join(folder, 'empty');
    mkdirSync(empty, { mode: 0o700 });
    const run = await doctor(empty);
    expect(run.code).toBe(0);
    expect(shapeOf(run.stdout, empty)).toEqual(expect.arrayContaining(shapeOf(shown('No models yet')[0] ?? '', empty)));
  });

  it.runIf(canMount)('with too little disk', async () => {
    const small = join(folder, 'small');
    mkdirSync(small);
    const run = await runCliProcess([], {
      home: small,
      shell: `unshare -rm sh -c 'mount -t tmpfs -o size=400m,mode=700 tmpfs ${small} && $CLI doctor'`,
    });
    expect(run.code, run.stderr).toBe(1);
    expect(shapeOf(run.stdout, small)).toEqual(expect.arrayContaining(shapeOf(shown('Too little disk')[0] ?? '', small)));
  });

  it.runIf(canMount)('with a home folder that cannot be written to', async () => {
    const ro = join(folder, 'ro');
    mkdirSync(ro, { mode: 0o700 });
    const run = await runCliProcess([], {
      home: ro,
      shell: `unshare -rm sh -c 'mount --bind ${ro} ${ro} && mount -o remount,bind,ro ${ro} && $CLI doctor'`,
    });
    expect(run.code, run.stderr).toBe(1);
    expect(shapeOf(run.stdout, ro)).toEqual(expect.arrayContaining(shapeOf(shown('A home folder that cannot be written to')[0] ?? '', ro)));
  });

  // Last: it damages the model.
  it('with a damaged model, which models verify then puts aside', async () => {
    const [converted = ''] = readdirSync(join(home, 'converted'));
    const file = join(home, 'converted', converted, 'decoder.onnx.data');
    const bytes = readFileSync(file);
    bytes[7] = (bytes[7] as number) ^ 1;
    writeFileSync(file, bytes);
    const [doctorBlock = '', verifyBlock = ''] = shown('A damaged model');
    const run = await doctor();
    expect(run.code).toBe(1);
    expect(shapeOf(run.stdout, home)).toEqual(expect.arrayContaining(shapeOf(doctorBlock, home)));
    const verify = await runCliProcess(['models', 'verify'], { home });
    expect([verify.code, shapeOf(verify.stdout, home)]).toEqual([1, shapeOf(verifyBlock, home)]);
  });
});
