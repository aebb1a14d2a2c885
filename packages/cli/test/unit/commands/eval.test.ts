import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createFakeModel, type FakeAnswer, runFake } from '../fake-world.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function makeFolder(index: unknown): string {
  const folder = mkdtempSync(join(tmpdir(), 'h2ovl-eval-'));
  folders.push(folder);
  if (index !== undefined) writeFileSync(join(folder, 'index.json'), typeof index === 'string' ? index : JSON.stringify(index));
  return folder;
}

const samples = [
  { file: 'a.png', answer: 'abcd efgh', extra: 'ignored' },
  { file: 'b.png', question: 'What is the total?', answer: '5' },
];

async function evaluate(answers: Record<string, FakeAnswer>, ...flags: string[]) {
  const folder = makeFolder(samples);
  const fake = createFakeModel(Object.fromEntries(Object.entries(answers).map(([name, answer]) => [join(folder, name), answer])));
  return { ...fake, run: await runFake(['eval', folder, '--model', 'm', ...flags], fake.library) };
}

describe('h2ovl eval', () => {
  it('prints rates overall and for each file as JSON', async () => {
    const { run, prompts } = await evaluate({ 'a.png': ' abcd efgX\n', 'b.png': '5' }, '--json');
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(JSON.parse(run.stdout)).toEqual({
      model: 'fake',
      overall: { cer: 0.1, wer: 1 / 3, exact: 1, files: 2 },
      files: [
        {
          file: 'a.png',
          question: 'Read the text in the image.',
          answer: 'abcd efgh',
          text: 'abcd efgX',
          cer: 1 / 9,
          wer: 0.5,
          exact: false,
          finishReason: 'stop',
        },
        { file: 'b.png', question: 'What is the total?', answer: '5', text: '5', cer: 0, wer: 0, exact: true, finishReason: 'stop' },
      ],
    });
    expect(prompts).toMatchObject([
      { prompt: 'Read the text in the image.', maxOutputTokens: 4096, endBlankRuns: true },
      { prompt: 'What is the total?', maxOutputTokens: 1024 },
    ]);
  });

  it('prints a line for each file, both kinds of samples, and all together', async () => {
    const { run } = await evaluate({ 'a.png': 'abcd efgX', 'b.png': '5' });
    expect(run.stdout).toBe(
      [
        'a.png  CER 0.111  WER 0.500',
        'b.png  CER 0.000  WER 0.000  exact',
        '',
        'pages read: CER 0.111, WER 0.500, 0 of 1 exact (9 characters)',
        'questions: CER 0.000, WER 0.000, 1 of 1 exact (1 characters)',
        'all, fake: CER 0.100, WER 0.333, 1 of 2 exact (10 characters)',
        '',
      ].join('\n'),
    );
  });

  it('runs only the first samples with --limit', async () => {
    const { run } = await evaluate({ 'a.png': 'abcd efgh' }, '--limit', '1', '--json');
    expect(JSON.parse(run.stdout).overall).toEqual({ cer: 0, wer: 0, exact: 1, files: 1 });
  });

  it('counts a sample that cannot be read as an empty text, reports it and fails', async () => {
    const { run } = await evaluate({ 'a.png': 'abcd efgh' }, '--json');
    expect(run).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('b.png: The file holds text. [IMAGE_UNREADABLE]') });
    expect(JSON.parse(run.stdout)).toMatchObject({
      overall: { cer: 0.1, exact: 1, files: 2 },
      files: [{}, { file: 'b.png', text: '', cer: 1, exact: false, finishReason: 'error', error: { code: 'IMAGE_UNREADABLE' } }],
    });
  });

  it.each([
    ['no index.json', undefined, 'index.json does not exist.'],
    ['an index.json that is not JSON', '[{', 'is not JSON'],
    ['an entry without an answer', [{ file: 'a.png' }], '0.answer'],
    ['an empty list', [], 'the list: '],
  ])('refuses a folder with %s before a model is opened', async (_what, index, message) => {
    const { library, loads } = createFakeModel({});
    const run = await runFake(['eval', makeFolder(index), '--model', 'm'], library);
    expect(run).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringContaining(message) });
    expect(run.stderr).toContain('[INVALID_ARGUMENT]');
    expect(run.stderr).toContain('hint: ');
    expect(loads).toEqual([]);
  });
});
