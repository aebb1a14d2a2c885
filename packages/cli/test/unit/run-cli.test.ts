import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeBlackPng } from '../../../dev/src/testing/craft-images.ts';
import { StopRequest } from '../../src/stop-request.ts';
import { createFakeModel, runFake } from './fake-world.ts';

const folder = mkdtempSync(join(tmpdir(), 'h2ovl-cli-ends-'));
const file = (name: string): string => join(folder, name);
const [one, two] = [file('one.png'), file('two.png')];

beforeAll(() => {
  for (const path of [one, two]) writeFileSync(path, makeBlackPng(8, 8));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('ends', () => {
  it('stops within a step when asked, frees the model and exits with the code of the signal', async () => {
    const controller = new AbortController();
    const fake = createFakeModel({
      [one]: async function* (signal) {
        yield { type: 'text-delta', delta: 'first' };
        controller.abort(new StopRequest('Stopped by SIGINT.', 130));
        signal.throwIfAborted();
      },
    });
    const run = await runFake(['read', one, two, '--model', 'm'], fake.library, { stopSignal: controller.signal });
    expect(run).toEqual({ exitCode: 130, stdout: '', stderr: '' });
    expect(fake.disposals).toHaveLength(1);
  });

  it('ends quietly when nobody reads the output any more', async () => {
    const fake = createFakeModel({ [one]: 'x', [two]: 'y' });
    const stdoutError = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
    const run = await runFake(['read', one, two, '--model', 'm'], fake.library, { stdoutError });
    expect(run).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(fake.disposals).toHaveLength(1);
  });

  it('says when the result cannot be written', async () => {
    const fake = createFakeModel({ [one]: 'x' });
    const stdoutError = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    const run = await runFake(['read', one, '--model', 'm'], fake.library, { stdoutError });
    expect(run).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('[STORAGE_UNAVAILABLE]') });
  });

  it('never shows a stack trace, except where it is asked for', async () => {
    const broken = {
      loadModel: async () => {
        throw new TypeError('x is not a function');
      },
    };
    const run = await runFake(['read', one, '--model', 'm'], broken);
    expect(run.stderr).toContain('x is not a function [UNEXPECTED]');
    expect(run.stderr).not.toMatch(/^\s+at /m);
    const debug = await runFake(['read', one, '--model', 'm'], broken, { env: { H2OVL_LOG_LEVEL: 'debug' } });
    expect(debug.stderr).toMatch(/^\s+at /m);
  });

  it('refuses wrong usage with one line and exit code 2', async () => {
    expect(await runFake(['raed'], {})).toEqual({ exitCode: 2, stdout: '', stderr: "h2ovl: Unknown command 'raed'. Did you mean read?\n" });
    expect(await runFake([], {})).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('Usage: h2ovl') });
    expect(await runFake(['--version'], {})).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), stderr: '' });
  });
});
