import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VisionError } from '@h2ovl/contract';
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
    const run = await runFake(['read', '--read-blank', '--rotate', '0', one, two, '--model', 'm'], fake.library, {
      stopSignal: controller.signal,
    });
    expect(run).toEqual({ exitCode: 130, stdout: '', stderr: '' });
    expect(fake.disposals).toHaveLength(1);
  });

  it('ends quietly when nobody reads the output any more', async () => {
    const fake = createFakeModel({ [one]: 'x', [two]: 'y' });
    const stdoutError = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
    const run = await runFake(['read', '--read-blank', '--rotate', '0', one, two, '--model', 'm'], fake.library, { stdoutError });
    expect(run).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(fake.disposals).toHaveLength(1);
  });

  it('says when the result cannot be written', async () => {
    const fake = createFakeModel({ [one]: 'x' });
    const stdoutError = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    const run = await runFake(['read', '--read-blank', '--rotate', '0', one, '--model', 'm'], fake.library, { stdoutError });
    expect(run).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('[STORAGE_UNAVAILABLE]') });
  });

  it('never shows a stack trace, except where it is asked for', async () => {
    const broken = {
      loadModel: async () => {
        throw new TypeError('x is not a function');
      },
    };
    const run = await runFake(['read', '--read-blank', '--rotate', '0', one, '--model', 'm'], broken);
    expect(run.stderr).toContain('x is not a function [UNEXPECTED]');
    expect(run.stderr).not.toMatch(/^\s+at /m);
    const debug = await runFake(['read', '--read-blank', '--rotate', '0', one, '--model', 'm'], broken, {
      env: { H2OVL_LOG_LEVEL: 'debug' },
    });
    expect(debug.stderr).toMatch(/^\s+at /m);
    expect((await runFake(['read', '--read-blank', '--rotate', '0', one, '--model', 'm', '--log-level', 'debug'], broken)).stderr).toMatch(
      /^\s+at /m,
    );
  });

  it('repeats no words of others, whose errors may quote a document', async () => {
    const quoting = async (): Promise<never> => JSON.parse('Total 47,11') as never;
    const wrapping = async (): Promise<never> => {
      throw new VisionError('OUTPUT_INVALID', 'The answer is not JSON.', { cause: new SyntaxError('Unexpected token: "Total 47,11"') });
    };
    for (const fail of [quoting, wrapping]) {
      const doctor = await runFake(['doctor', '--json', '--log-level', 'debug'], { examine: fail });
      const read = await runFake(['read', '--read-blank', '--rotate', '0', one, '--model', 'm', '--json', '--log-level', 'debug'], {
        loadModel: fail,
      });
      expect(doctor.stderr).toMatch(/SyntaxError/);
      for (const run of [doctor, read]) {
        expect(run.exitCode).toBe(1);
        expect(run.stderr + run.stdout).not.toContain('Total');
      }
    }
  });

  it.each<[string[], string | undefined, string[]]>([
    [['--log-level', 'debug'], undefined, ['warning', 'failed', 'trace']],
    [['--log-level=info'], 'error', ['warning', 'failed']],
    [['--quiet'], 'debug', ['warning', 'failed']],
    [[], 'warn', ['warning', 'failed']],
    [['--log-level', 'error'], undefined, ['failed']],
    [['--log-level', 'silent'], undefined, []],
    [[], 'silent', []],
  ])('keeps to the level of %j and H2OVL_LOG_LEVEL=%s, in JSON and in words', async (flags, level, events) => {
    const fake = createFakeModel({ [one]: { text: 'x', warnings: [{ type: 'other', message: 'Careful.' }] }, [two]: new Error('no') });
    const options = { env: level === undefined ? {} : { H2OVL_LOG_LEVEL: level } };
    const json = await runFake(
      ['read', '--read-blank', '--rotate', '0', one, two, '--model', 'm', '--log-json', ...flags],
      fake.library,
      options,
    );
    const lines = json.stderr.split('\n').filter((line) => line !== '');
    expect(lines.map((line) => JSON.parse(line).event)).toEqual(events);
    expect(lines.every((line) => /^\d{4}-\d\d-\d\dT/.test(JSON.parse(line).time))).toBe(true);
    const words = await runFake(['read', '--read-blank', '--rotate', '0', one, two, '--model', 'm', ...flags], fake.library, options);
    expect([words.exitCode, words.stdout]).toEqual([1, json.stdout]);
    expect(/^warning: /m.test(words.stderr)).toBe(events.includes('warning'));
    expect(/^error: /m.test(words.stderr)).toBe(events.includes('failed'));
    expect(/^\s+at /m.test(words.stderr)).toBe(events.includes('trace'));
  });

  it('refuses levels that do not exist, and two answers to one question', async () => {
    expect(await runFake(['doctor'], {}, { env: { H2OVL_LOG_LEVEL: 'loud' } })).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/H2OVL_LOG_LEVEL is "loud"; it may be debug, info, warn, error, silent/),
    });
    for (const flags of [
      ['--log-level', 'loud'],
      ['--log-level', 'info', '--quiet'],
    ]) {
      expect(await runFake(['doctor', ...flags], {})).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/--log-level/) });
    }
  });

  it('refuses wrong usage with one line and exit code 2', async () => {
    expect(await runFake(['raed'], {})).toEqual({ exitCode: 2, stdout: '', stderr: "h2ovl: Unknown command 'raed'. Did you mean read?\n" });
    const long = 'A'.repeat(5000);
    for (const args of [[long], ['read', `--${long}`], ['read', '--tiles', long, one], ['read', long], ['read', `https://h/${long}`]]) {
      const { stderr } = await runFake(args, {});
      expect([stderr.slice(0, 1000), stderr.length < 2200]).toEqual([stderr.slice(0, 1000), true]);
    }
    expect(await runFake([], {})).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('Usage: h2ovl') });
    expect(await runFake(['--version'], {})).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), stderr: '' });
  });
});
