import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VisionError } from '@h2ovl/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeBlackPng, makePng, pngColor } from '../../../../dev/src/testing/craft-images.ts';
import { createFakeModel, makeResult, runFake } from '../fake-world.ts';

const folder = mkdtempSync(join(tmpdir(), 'h2ovl-cli-'));
const file = (name: string): string => join(folder, name);
const [one, two, bad] = [file('one.png'), file('two.png'), file('bad.png')];

beforeAll(() => {
  for (const path of [one, two, bad]) writeFileSync(path, makeBlackPng(8, 8));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('h2ovl read', () => {
  it('prints the text, trimmed, and nothing else on standard output', async () => {
    const { library, prompts, disposals } = createFakeModel({ [one]: ' Carter & King\nTotal 90.34 \n' });
    const run = await runFake(['read', '--read-blank', '--rotate', '0', one, '--model', 'm'], library);
    expect(run).toEqual({ exitCode: 0, stdout: 'Carter & King\nTotal 90.34\n', stderr: '' });
    expect(prompts).toMatchObject([
      { prompt: 'Read the text in the image.', images: [{ name: one }], maxOutputTokens: 4096, endBlankRuns: true },
    ]);
    expect(disposals).toHaveLength(1);
  });

  it('puts a line with the name before each of several texts', async () => {
    const { library } = createFakeModel({ [one]: 'first', [two]: 'second' });
    const run = await runFake(['read', '--read-blank', '--rotate', '0', one, two, '--model', 'm'], library);
    expect(run.stdout).toBe(`==> ${one} <==\nfirst\n\n==> ${two} <==\nsecond\n`);
  });

  it('reports a bad file on standard error, reads the others and fails', async () => {
    const { library } = createFakeModel({ [one]: 'first', [two]: 'second' });
    const run = await runFake(['read', '--read-blank', '--rotate', '0', one, bad, two, '--model', 'm'], library);
    expect(run).toEqual({
      exitCode: 1,
      stdout: `==> ${one} <==\nfirst\n\n==> ${two} <==\nsecond\n`,
      stderr: `error: ${bad}: The file holds text. [IMAGE_UNREADABLE]\n  hint: Pass an image.\n`,
    });
  });

  it('does not let a model invent text for a blank page', async () => {
    const blank = file('blank.png');
    writeFileSync(
      blank,
      makePng({ width: 64, height: 64, color: pngColor.grey, bitDepth: 8, samples: Array.from({ length: 64 * 64 }, () => 0) }),
    );
    const { library, prompts } = createFakeModel({ [blank]: 'invented' });
    const run = await runFake(['read', blank, '--model', 'm'], library);
    expect(run).toEqual({ exitCode: 0, stdout: '\n', stderr: `warning: ${blank}: blank. No place on the page looks like text.\n` });
    const lines = await runFake(['extract', blank, '--fields', 'a', '--format', 'jsonl', '--quiet', '--model', 'm'], library);
    expect(JSON.parse(lines.stdout)).toEqual({ file: blank, page: 1, pages: 1, data: null });
    expect(prompts).toEqual([]);
  });

  it('writes one JSON line for each file, good or bad', async () => {
    const { library } = createFakeModel({
      [one]: { text: ' a\nb ', finishReason: 'length', warnings: [{ type: 'other', message: 'Cut.' }] },
    });
    const run = await runFake(['read', '--read-blank', '--rotate', '0', one, bad, '--json', '--model', 'm'], library);
    const { usage, timings } = makeResult({});
    const version = expect.stringMatching(/^\d+\.\d+\.\d+$/);
    expect(
      run.stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      {
        file: one,
        page: 1,
        pages: 1,
        format: 'png',
        size: { width: 8, height: 8 },
        text: 'a\nb',
        source: 'model',
        reason: 'a picture has no text layer',
        verdict: { kind: 'truncated', reasons: ['The answer was cut at its limit of tokens; it may go on.'], attempts: [] },
        finishReason: 'length',
        usage,
        timings,
        model: 'fake',
        precision: 'balanced',
        version,
        warnings: ['Cut.'],
      },
      { file: bad, page: 1, pages: 1, error: { code: 'IMAGE_UNREADABLE', message: 'The file holds text.', hint: 'Pass an image.' } },
    ]);
    expect(run.stderr).toContain(`warning: ${one}: Cut.\n`);
    expect(run.exitCode).toBe(1);
  });

  it('says in one line that nano runs because no model was chosen, unless quiet', async () => {
    const { library, loads } = createFakeModel({ [one]: 'x' });
    const { stderr } = await runFake(['read', '--read-blank', '--rotate', '0', one, '--mode', 'model'], library);
    expect(stderr).toMatch(/^No model was chosen, so nano answers.*h2ovl pull 0\.8b.*--model.*\n$/);
    expect(loads[0]?.source).toBe('nano');
    expect((await runFake(['read', '--read-blank', '--rotate', '0', one, '--mode', 'model', '--quiet'], library)).stderr).toBe('');
    expect((await runFake(['read', '--read-blank', '--rotate', '0', one], library, { env: { H2OVL_MODEL: 'm' } })).stderr).toBe('');
  });

  it('hands the options to the model', async () => {
    const { library, loads, prompts } = createFakeModel({ [one]: 'x' });
    const flags = '--read-blank --rotate 0 --model m --threads 2 --device webgpu --precision fast --tiles 3 --max-tokens 5';
    await runFake(['read', one, ...flags.split(' ')], library);
    expect(loads).toMatchObject([{ source: 'm', options: { threads: 2, device: 'webgpu', precision: 'fast' } }]);
    expect(prompts).toMatchObject([{ tiles: 3, maxOutputTokens: 5 }]);
  });

  it('hands over how answers are chosen', async () => {
    const { library, loads, prompts } = createFakeModel({ [one]: 'x' });
    const flags = '--temperature 0.5 --top-p 0.9 --top-k 7 --seed 3 --repetition-penalty 1.2 --stop END --system Brief. --concurrency 2';
    await runFake(['read', '--read-blank', '--rotate', '0', one, '--model', 'm', ...flags.split(' ')], library);
    expect(loads[0]?.options).toMatchObject({ maxConcurrent: 2 });
    const sampling = { temperature: 0.5, topP: 0.9, topK: 7, seed: 3, repetitionPenalty: 1.2, stopSequences: ['END'] };
    expect(prompts).toMatchObject([{ ...sampling, system: 'Brief.', endBlankRuns: true }]);
  });

  it('gives up on an answer after --timeout and goes on with the next file', async () => {
    const { library } = createFakeModel({
      [one]: async function* (signal) {
        yield { type: 'progress', phase: 'prefill', done: 0, total: 1 };
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      },
      [two]: 'second',
    });
    const run = await runFake(['read', '--read-blank', '--rotate', '0', one, two, '--model', 'm', '--timeout', '0.05'], library);
    expect(run.stderr).toContain(`error: ${one}: The answer took longer than 0.05 s. [TIMEOUT]\n  hint: Raise --timeout`);
    expect(run).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('second') });
  });

  it('tells as JSON how each picture reached the model', async () => {
    const images = [{ widthPx: 600, heightPx: 900, grids: [{ columns: 2, rows: 3 }], tiles: 7, scale: 1.493 }];
    const { library } = createFakeModel({ [one]: { text: 'a', images } });
    const run = await runFake(['read', '--read-blank', '--rotate', '0', one, '--json', '--model', 'm'], library);
    expect(JSON.parse(run.stdout)).toMatchObject({ images });
  });

  it('names a file once, and speaks of flags where the library speaks of options', async () => {
    const { library } = createFakeModel({
      [one]: { text: 'a', warnings: [{ type: 'other', message: 'one.png: It was cut. Raise maxOutputTokens or lower the option tiles.' }] },
      [two]: new VisionError('IMAGE_UNREADABLE', `two.png holds text.`, { hint: 'Get it with: h2ovl pull 2b' }),
    });
    const run = await runFake(['read', '--read-blank', '--rotate', '0', one, two, '--model', 'm'], library, { h2ovl: 'npx h2ovl' });
    expect(run.stderr).toBe(
      'warning: one.png: It was cut. Raise --max-tokens or lower --tiles.\n' +
        'error: two.png holds text. [IMAGE_UNREADABLE]\n  hint: Get it with: npx h2ovl pull 2b\n',
    );
  });

  it('shows no control character of a file name, nor lets it begin a line', async () => {
    const strange = file('a\u001b[2J\nerror: b\u202e.png');
    writeFileSync(strange, makeBlackPng(8, 8));
    const { library } = createFakeModel({ [strange]: 'text', [one]: 'x' });
    const run = await runFake(['read', '--read-blank', '--rotate', '0', strange, one, '--model', 'm'], library);
    expect(run.stdout).toContain('a\uFFFD[2J\uFFFDerror: b\uFFFD.png <==\ntext\n');
  });

  it('passes on that an answer is empty', async () => {
    const warnings = [{ type: 'empty' as const, message: 'The answer has no text.' }];
    const { library } = createFakeModel({ [one]: { text: ' \n', warnings } });
    const run = await runFake(['read', '--read-blank', '--rotate', '0', one, '--model', 'm'], library);
    expect(run).toMatchObject({ exitCode: 0, stdout: '\n', stderr: expect.stringContaining('one.png: The answer has no text.') });
  });

  it('opens no model for files of which none is there', async () => {
    const { library, loads } = createFakeModel({});
    const run = await runFake(['read', file('none.png'), 'https://example.org/a.png'], library);
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toBe(
      `error: ${file('none.png')} does not exist. [IMAGE_NOT_FOUND]\n  hint: Check the path and the current folder.\n` +
        'error: https://example.org/a.png is an address, and h2ovl opens no connections unless it is told to. [INVALID_ARGUMENT]\n' +
        '  hint: Add --allow-urls (https only), or pipe it: curl -s ADDRESS | h2ovl read -\n',
    );
    expect(loads).toEqual([]);
  });

  it('fetches no address with http, even when it is told to fetch', async () => {
    const plain = await runFake(['read', '--read-blank', '--rotate', '0', 'http://example.org/a.png', '--model', 'm', '--allow-urls'], {});
    expect(plain).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/https only/) });
  });

  it('tells a model that cannot be opened once, and gives every file its line of JSON', async () => {
    const failing = {
      loadModel: async () => {
        throw new VisionError('MODEL_NOT_FOUND', 'There is no folder /m.', { hint: 'Pass another.' });
      },
    };
    const run = await runFake(['read', '--read-blank', '--rotate', '0', one, two, '--json', '--model', '/m'], failing);
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toBe('error: There is no folder /m. [MODEL_NOT_FOUND]\n  hint: Pass another.\n');
    expect(
      run.stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(
      [one, two].map((name) => ({
        file: name,
        page: 1,
        pages: 1,
        error: { code: 'MODEL_NOT_FOUND', message: 'There is no folder /m.', hint: 'Pass another.' },
      })),
    );
  });
});

describe('h2ovl ask', () => {
  it('asks the question of each file', async () => {
    const { library, prompts } = createFakeModel({ [one]: '1.00', [two]: '2.00' });
    const run = await runFake(['ask', '--rotate', '0', one, two, 'What is the total?', '--model', 'm'], library);
    expect(run.stdout).toBe(`==> ${one} <==\n1.00\n\n==> ${two} <==\n2.00\n`);
    expect(prompts).toMatchObject([
      { prompt: 'What is the total?', images: [{ name: one }], maxOutputTokens: 1024 },
      { prompt: 'What is the total?', images: [{ name: two }] },
    ]);
  });

  it('puts all images into one prompt with --together', async () => {
    const { library, prompts } = createFakeModel({ [one]: 'they differ' });
    const run = await runFake(['ask', one, two, 'What differs?', '--together', '--json', '--model', 'm'], library);
    expect(prompts).toMatchObject([{ images: [{ name: one }, { name: two }] }]);
    expect(JSON.parse(run.stdout)).toMatchObject({ files: [one, two], text: 'they differ' });
  });

  it('gives the answer about all images the time for the document, and refuses a time for each page', async () => {
    const { library, prompts } = createFakeModel({ [one]: 'they differ' });
    const asked = ['ask', one, two, 'What differs?', '--together', '--model', 'm'];
    await runFake([...asked, '--document-budget', '2.5'], library);
    expect(prompts).toMatchObject([{ budgetMs: 2500 }]);
    const refused = await runFake([...asked, '--page-budget', '2.5'], library);
    expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('give --document-budget') });
    expect(prompts).toHaveLength(1);
  });

  it('answers nothing about images of which one is missing', async () => {
    const { library, loads } = createFakeModel({ [one]: 'they differ' });
    const run = await runFake(['ask', one, file('none.png'), 'What differs?', '--together', '--model', 'm'], library);
    expect(run).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringContaining('IMAGE_NOT_FOUND') });
    expect(loads).toEqual([]);
  });
});

describe('standard input', () => {
  it('is read as one document with -', async () => {
    const { library, prompts } = createFakeModel({ 'standard input': 'piped' });
    const png = makeBlackPng(8, 8);
    const run = await runFake(['read', '--read-blank', '--rotate', '0', '-', '--model', 'm'], library, {
      stdin: [png.subarray(0, 20), png.subarray(20)],
    });
    expect(run).toMatchObject({ stdout: 'piped\n', stderr: '' });
    expect(prompts).toHaveLength(1);
  });

  it('is refused when it is a terminal', async () => {
    const run = await runFake(['read', '-'], {}, { terminals: ['stdin'] });
    expect(run).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('h2ovl read - < page.png') });
  });
});

describe('terminals', () => {
  it('show text as it is made, without the control characters in it', async () => {
    const { library } = createFakeModel({ [one]: 'a\u001b[2J b' });
    const run = await runFake(['read', '--read-blank', '--rotate', '0', one, '--model', 'm'], library, { terminals: ['stdout'] });
    expect(run.stdout).toBe('a\uFFFD[2J b\n');
  });

  it('show a line of progress that is gone before the text comes', async () => {
    const { library } = createFakeModel({ [one]: 'text' });
    const run = await runFake(['read', '--read-blank', '--rotate', '0', one, '--model', 'm'], library, { terminals: ['stdout', 'stderr'] });
    expect(run.stdout).toBe('text\n');
    expect(run.stderr).toContain(`${one}: `);
    expect(run.stderr.endsWith('\r\u001b[2K')).toBe(true);
    expect(
      (
        await runFake(['read', '--read-blank', '--rotate', '0', one, '--model', 'm', '--quiet'], library, {
          terminals: ['stdout', 'stderr'],
        })
      ).stderr,
    ).toBe('');
  });

  it('get an unfinished line ended before an error', async () => {
    const { library } = createFakeModel({
      [one]: async function* () {
        yield { type: 'text-delta', delta: 'half' };
        await new Promise((resolve) => setImmediate(resolve));
        throw new VisionError('SESSION_FAILED', 'The run failed.');
      },
    });
    const run = await runFake(['read', '--read-blank', '--rotate', '0', one, '--model', 'm'], library, { terminals: ['stdout'] });
    expect(run).toEqual({ exitCode: 1, stdout: 'half\n', stderr: `error: ${one}: The run failed. [SESSION_FAILED]\n` });
  });
});
