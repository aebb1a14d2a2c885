import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { editDistance } from '../../../dev/src/lines-trial/score-page.ts';
import { askedPages, readablePages } from '../../../dev/src/testing/nano-samples.ts';
import { runCliProcess, temporaryFolder } from './cli-process.ts';

const home = temporaryFolder();
const [page] = readablePages;
const receipt = page.path;
const run = (...args: readonly string[]) => runCliProcess(args, { home });

describe('the command line on nano', () => {
  it('converts at the first use, says so, and prints the text of the page and nothing else', async () => {
    const { code, stdout, stderr } = await run('read', receipt, '--mode', 'model');
    expect(stdout).toBe(`${page.answer}\n`);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^No model was chosen.*\nChecking the files .*\nConverting the checkpoint .*\nOpening the model\.\n$/);
  });

  it('reads lines where no model was chosen, says so in one line, and opens none', async () => {
    const { code, stdout, stderr } = await run('read', receipt);
    const letters = (text: string): string => text.replace(/\s+/g, ' ').trim();
    expect(editDistance(letters(page.answer), letters(stdout)) / page.answer.length).toBeLessThan(0.1);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(/^No model was chosen, so the line reader reads.*h2ovl.* pull 0\.8b.*\n$/),
    });
  });

  it('does not convert again', async () => {
    const folder = join(home, 'converted', readdirSync(join(home, 'converted'))[0] as string);
    const before = statSync(join(folder, 'manifest.json')).mtimeMs;
    const { code, stderr } = await run('read', receipt, '--mode', 'model');
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^No model was chosen.*\n$/) });
    expect(statSync(join(folder, 'manifest.json')).mtimeMs).toBe(before);
  });

  it('writes a JSON line for each file, with what was used and how long it took', async () => {
    const { code, stdout, stderr } = await run('read', receipt, askedPages[0].path, '--json', '--model', 'nano');
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(2);
    expect(lines[0]).toEqual({
      file: receipt,
      page: 1,
      pages: 1,
      format: 'png',
      size: { width: expect.any(Number), height: expect.any(Number) },
      text: expect.any(String),
      source: 'model',
      reason: expect.any(String),
      verdict: { kind: 'ok', reasons: expect.any(Array), attempts: [] },
      picture: {
        rotation: 0,
        inverted: false,
        straightenedBy: 0,
        grids: [{ columns: expect.any(Number), rows: expect.any(Number) }],
        scaleX: expect.any(Number),
        scaleY: expect.any(Number),
        smallestLinePx: expect.any(Number),
      },
      finishReason: 'stop',
      certainty: { meanLogProbability: expect.any(Number), leastCertain: expect.any(Array) },
      usage: {
        inputTokens: expect.any(Number),
        imageTokens: expect.any(Number),
        outputTokens: expect.any(Number),
        cachedTokens: 0,
        draftedTokens: expect.any(Number),
        acceptedTokens: expect.any(Number),
      },
      timings: {
        queueMs: expect.any(Number),
        imageMs: expect.any(Number),
        visionMs: expect.any(Number),
        prefillMs: expect.any(Number),
        decodeMs: expect.any(Number),
      },
      images: [
        {
          widthPx: expect.any(Number),
          heightPx: expect.any(Number),
          grids: [{ columns: expect.any(Number), rows: expect.any(Number) }],
          tiles: expect.any(Number),
          scale: expect.any(Number),
          scaleX: expect.any(Number),
          scaleY: expect.any(Number),
        },
      ],
      model: 'nano',
      precision: 'balanced',
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      warnings: [],
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('answers a question, and reads a page from standard input', async () => {
    const [{ path, question }] = askedPages;
    const asked = await run('ask', path, question, '--model', 'nano');
    expect(asked).toMatchObject({ code: 0, stdout: expect.stringMatching(/\S/), stderr: '' });
    const stdin = readFileSync(path);
    const piped = await runCliProcess(['ask', '-', question, '--model', 'nano'], { home, stdin });
    expect(piped).toEqual(asked);
  });

  it.skipIf(process.platform === 'win32')('reads pipes: what a shell puts in place of <(...), and /dev/stdin', async () => {
    const direct = await run('read', receipt, '--model', 'nano');
    for (const words of [`read <(cat ${receipt})`, `read /dev/stdin < ${receipt}`]) {
      const piped = await runCliProcess([], { home, shell: `$CLI ${words} --model nano` });
      expect(piped).toEqual(direct);
    }
    const shell = `cat ${receipt} | $CLI read /dev/stdin --model nano`;
    expect(await runCliProcess([], { home, shell })).toEqual(direct);
  });

  it('puts several images into one prompt with --together', async () => {
    const { code, stdout } = await run(
      'ask',
      receipt,
      receipt,
      'What is the total?',
      '--together',
      '--json',
      '--model',
      'nano',
      '--max-tokens',
      '8',
    );
    const one = await run('ask', receipt, 'What is the total?', '--json', '--model', 'nano', '--max-tokens', '8');
    const [both, single] = [JSON.parse(stdout), JSON.parse(one.stdout)];
    expect(code).toBe(0);
    expect(both.files).toEqual([receipt, receipt]);
    expect(both.usage.imageTokens).toBe(2 * single.usage.imageTokens);
  });

  it('says when an answer was cut by its limit', async () => {
    const { code, stdout, stderr } = await run('read', receipt, '--max-tokens', '5', '--json', '--model', 'nano');
    expect(JSON.parse(stdout)).toMatchObject({
      finishReason: 'length',
      usage: { outputTokens: 5 },
      warnings: [expect.any(String)],
    });
    expect(stderr).toMatch(/^warning: .*limit of 5 tokens.*--max-tokens.*\n$/);
    expect(stderr).toContain(`${page.file}: `);
    expect(code).toBe(0);
  });

  it('measures an eval folder with progress on standard error only', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'a.png'), readFileSync(receipt));
    writeFileSync(
      join(folder, 'index.json'),
      JSON.stringify([
        { file: 'a.png', answer: page.answer },
        { file: 'b.png', answer: 'x' },
      ]),
    );
    const report = await run('eval', folder, '--limit', '1', '--json', '--model', 'nano');
    expect(report).toMatchObject({ code: 0, stderr: '' });
    const { model, overall, files } = JSON.parse(report.stdout);
    expect({ model, files: overall.files }).toEqual({ model: 'nano', files: 1 });
    expect(overall.cer).toBeLessThan(0.05);
    expect(Object.keys(files[0])).toEqual(['file', 'question', 'answer', 'text', 'cer', 'wer', 'exact', 'finishReason']);
    const missing = await run('eval', folder, '--model', 'nano');
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('[IMAGE_NOT_FOUND]') });
  });
});

describe('converted models', () => {
  it('tell their error per kind of layer when they are made with fewer bits', async () => {
    const { code, stdout } = await run('convert', 'nano', '--precision', 'fast', '--quiet');
    expect(code).toBe(0);
    expect(stdout).toMatch(/WEIGHTS +FORMAT +MATRICES +ERROR +LARGEST/);
    expect(stdout).toMatch(/mlp\/down_proj +int4 +\d+ +\d+\.\d\d % +\d+\.\d\d %/);
    const used = await run('read', receipt, '--precision', 'fast', '--model', 'nano');
    expect(used.stderr).not.toContain('Converting');
  });

  it('can be put into a folder and used from there', async () => {
    const output = join(temporaryFolder(), 'mine');
    const made = await run('convert', 'nano', output, '--json', '--quiet');
    expect(JSON.parse(made.stdout)).toMatchObject({ directory: output, precision: { name: 'balanced' }, wasReady: false });
    const used = await run('info', '--json', '--model', output);
    expect(JSON.parse(used.stdout)).toMatchObject({ model: 'mine', directory: output });
    const again = await run('convert', output);
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('is converted already. [INVALID_ARGUMENT]') });
  });

  it('are told about: facts, runtime and why, and every hash with --verify', async () => {
    const { code, stdout, stderr } = await run('info', '--verify', '--model', 'nano');
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^Checking the files .*\n/) });
    expect(stdout).toMatch(/^model +nano .* parameters\)$/m);
    expect(stdout).toMatch(/^runtime +ONNX Runtime \d+\.\d+\.\d+, cpu, (ffi|worker) adapter$/m);
    expect(stdout).toMatch(/^threads +\d+$/m);
    expect(stdout).toMatch(/^why +.*threads?: /m);
    expect(stdout).toMatch(/^processor +\S/m);
    expect(stdout).toMatch(/^verified +\d+ files, .* SHA-256 is as the manifest says$/m);
  });

  it('are found damaged by --verify when one byte has changed', async () => {
    const output = join(temporaryFolder(), 'damaged');
    await run('convert', 'nano', output, '--quiet');
    const file = join(output, 'embeddings.bin');
    const bytes = readFileSync(file);
    bytes[100] = (bytes[100] as number) ^ 1;
    writeFileSync(file, bytes);
    const { code, stderr } = await run('info', '--verify', '--model', output);
    expect(code).toBe(1);
    expect(stderr).toMatch(/error: .*embeddings\.bin has the SHA-256 .* \[MODEL_FILE_CORRUPT\]\n {2}hint: /);
  });

  it('are listed with their size and removed by name or all', async () => {
    const list = JSON.parse((await run('models', '--json')).stdout);
    expect(list).toMatchObject({ directory: home, models: [{ precision: 'balanced', source: 'checkpoint' }, { precision: 'fast' }] });
    const text = (await run('models')).stdout;
    expect(text).toMatch(/^NAME +FORM +SIZE +ORIGIN +LAST USED +PATH\n/);
    expect(text).toMatch(/^Total: \d+\.\d MB\n$/m);
    expect(await run('models', 'rm', 'none')).toMatchObject({ code: 1, stderr: expect.stringContaining('[MODEL_NOT_FOUND]') });
    expect(await run('models', 'rm', list.models[0].name)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d MB freed\.\n$/),
    });
    expect(await run('models', 'rm', '--all')).toMatchObject({ code: 0 });
    expect((await run('models')).stdout).toContain('There are no models yet');
  });
});
