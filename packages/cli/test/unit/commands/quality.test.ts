import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GenerateOptions, QualityOptions, QualityReport } from '@h2ovl/core';
import { afterAll, describe, expect, it } from 'vitest';
import type { CoreLibrary } from '../../../src/core-library.ts';
import { parseArguments } from '../../../src/parse-arguments.ts';
import { makeResult, runFake } from '../fake-world.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function makeFolder(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'h2ovl-quality-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

const estimate = (value: number) => ({ value, low: value - 0.01, high: value + 0.01 });
const part = (name: string) => ({ name, directory: `/cache/${name}`, sizeBytes: 1_000_000 });
const report = {
  model: 'm',
  text: 'given',
  reference: part('exact'),
  candidates: [
    {
      ...part('fast'),
      severalPositions: {
        passages: 2,
        positions: 48,
        agreement: estimate(0.97),
        divergence: estimate(0.03),
        lossIncrease: estimate(0.002),
        largestLostMargin: 0.25,
      },
      difference: {
        passages: 2,
        positions: 50,
        agreement: estimate(0.98),
        divergence: estimate(0.02),
        lossIncrease: estimate(-0.001),
        largestLostMargin: 0.5,
        features: { tiles: 2, identicalTiles: 2, meanCosine: 1, smallestCosine: 1 },
      },
    },
  ],
} as unknown as QualityReport;

/** Runs the command; the models read "abcd" (exact) and "abcx" (the other) from every page. */
async function run(args: readonly string[], text: QualityReport['text'] = 'given') {
  const measured: QualityOptions[] = [];
  const prompts: GenerateOptions[] = [];
  const library = {
    measureQuality: async (_source: string, options: QualityOptions) => {
      measured.push(options);
      return { ...report, text };
    },
    locateModel: async () => ({ type: 'checkpoint', name: 'm', directory: '/nowhere/checkpoint' }),
    loadModel: async (source: string) => ({
      generate: async (options: GenerateOptions) => {
        prompts.push(options);
        return makeResult({ text: source === '/cache/exact' ? 'abcd' : 'abcx' });
      },
      dispose: async () => {},
    }),
  } as unknown as CoreLibrary;
  const done = await runFake(['quality', ...args, '--compare', 'fast', '--model', 'm'], library);
  return { ...done, measured, prompts };
}

const index = JSON.stringify([
  { file: 'a.png', answer: 'abcd' },
  { file: 'b.png', question: 'Who?', answer: 'abcd' },
  { file: 'c.png', answer: 'zzzz' },
]);

describe('h2ovl quality', () => {
  it('measures on the samples of an eval folder and compares what each precision reads freely', async () => {
    const folder = makeFolder({ 'index.json': index });
    const { exitCode, stdout, measured, prompts } = await run([folder, '--limit', '2', '--json']);
    expect(exitCode).toBe(0);
    expect(measured[0]?.pages).toEqual([
      { file: join(folder, 'a.png'), question: 'Read the text in the image.', answer: 'abcd' },
      { file: join(folder, 'b.png'), question: 'Who?', answer: 'abcd' },
    ]);
    expect(prompts.map(({ maxOutputTokens }) => maxOutputTokens)).toEqual([4096, 1024, 4096, 1024]);
    const result = JSON.parse(stdout);
    expect(result.reference.answers).toEqual({ cer: 0, wer: 0, exact: 2, files: 2 });
    expect(result.candidates[0].answers).toMatchObject({ cer: 0.25, exact: 0 });
    expect(result.candidates[0].cerIncrease).toEqual({ value: 0.25, low: 0.25, high: 0.25 });
  });

  it('takes the images of any other folder, in order, and reads none of them freely: there is nothing to compare with', async () => {
    const folder = makeFolder({ 'b.JPG': '', 'a.png': '', 'notes.txt': '' });
    const { measured, prompts, stdout } = await run([folder, '--json'], 'own');
    expect(measured[0]?.pages.map(({ file, answer }) => [file, answer])).toEqual([
      [join(folder, 'a.png'), undefined],
      [join(folder, 'b.JPG'), undefined],
    ]);
    expect(prompts).toEqual([]);
    expect(JSON.parse(stdout).reference.answers).toBeUndefined();
  });

  it('measures on random ids when there are no pages', async () => {
    const { measured } = await run([], 'random');
    expect(measured[0]?.pages).toEqual([]);
  });

  it.each([
    ['without images', makeFolder({ 'notes.txt': '' }), /no images/],
    ['that is not there', '/nowhere/pages', /ENOENT/],
  ])('refuses a folder %s', async (_, folder, message) => {
    const { exitCode, stderr } = await run([folder]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr).toContain('[INVALID_ARGUMENT]');
  });

  it('prints a table that says how sure each number is', async () => {
    const folder = makeFolder({ 'index.json': index });
    const { stdout } = await run([folder]);
    expect(stdout).toContain('m: 50 next-token predictions on 2 texts: the given answers.');
    expect(stdout).toContain('98.00 % (97.00 % to 99.00 %)');
    expect(stdout).toContain('-0.0010 (-0.0110 to +0.0090)');
    expect(stdout).toMatch(/fast, drafted steps +97\.00 % \(96\.00 % to 98\.00 %\) .*0\.25/); // against one position a step
    expect(stdout).not.toContain('exact, drafted steps'); // where it was not measured
    expect(stdout).toMatch(/exact +1\.0 MB .*0\.333, 2 of 3 exact/);
    expect(stdout).toMatch(/fast +1\.0 MB .*identical +0\.500, 0 of 3 exact +\+0\.1667/);
  });
});

describe('arguments of quality', () => {
  const parse = (...args: readonly string[]) => parseArguments(['quality', ...args], { env: {}, h2ovl: 'h2ovl', version: '1' });

  it('compares balanced and fast on the pages that come with nano, unless told otherwise', () => {
    const defaults = { folder: undefined, compare: ['balanced', 'fast'], limit: undefined, model: 'nano', json: false };
    expect(parse()).toMatchObject({ invocation: { name: 'quality', request: defaults } });
    const told = parse('pages', '--compare', 'int8-int4-int8', '--limit', '3', '--max-tokens', '9', '--model', 'm', '--json');
    const compare = [{ vision: 'int8', language: 'int4', head: 'int8' }];
    expect(told).toMatchObject({ invocation: { request: { folder: 'pages', compare, limit: 3, maxTokens: 9, model: 'm', json: true } } });
  });

  it('refuses what is no precision, and a precision of its own, which is always exact', () => {
    expect(() => parse('--compare', 'int9')).toThrow(/three formats/);
    expect(() => parse('--precision', 'fast')).toThrow(/--precision/);
  });
});
