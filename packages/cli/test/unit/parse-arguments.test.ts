import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseArguments } from '../../src/parse-arguments.ts';
import { UsageError } from '../../src/usage-error.ts';

const parse = (args: readonly string[], env: Record<string, string> = {}) =>
  parseArguments(args, { env, h2ovl: 'h2ovl', version: '1.2.3' });

function command(args: readonly string[], env: Record<string, string> = {}): object {
  const parsed = parse(args, env);
  if (parsed.type !== 'run') throw new Error(`printed ${parsed.text}`);
  return { name: parsed.invocation.name, ...parsed.invocation.request };
}

function usage(args: readonly string[]): string {
  try {
    parse(args);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return 'no error';
}

describe('arguments', () => {
  it('reads the options of answers that are there for documents over HTTP, too', () => {
    expect(command('read a.png --model m --no-end-loops --instruction Read.'.split(' '))).toMatchObject({
      endLoops: false,
      instruction: 'Read.',
    });
    expect(command('extract a.png --fields a --enforcement after --instruction Take.'.split(' '))).toMatchObject({
      endLoops: undefined,
      enforcement: 'after',
      instruction: 'Take.',
    });
    expect(usage('read a.png --mode lines --instruction Read.'.split(' '))).toMatch(/--instruction is for the model/);
  });

  it.each([
    '--tiles 4',
    '--tiles crops',
    '--rotate 90',
    '--max-tokens 9',
    '--temperature 1',
    '--stop end',
    '--timeout 5',
    '--read-blank',
    '--support',
    '--system Hello',
  ])('refuses %s where no model is asked that could heed it', (flag) => {
    for (const mode of ['lines', 'text'])
      expect(usage(['read', 'a.png', '--mode', mode, ...flag.split(' ')])).toBe(
        `${flag.split(' ')[0]} is for the model, and --mode ${mode} asks none.`,
      );
    expect(usage(['read', 'a.png', ...flag.split(' ')])).toMatch(/is for the model, and none was chosen.*Pass --model 0\.8b/);
    for (const asking of ['--model nano', '--mode model', '--compare'])
      expect(usage(['read', 'a.png', ...asking.split(' '), ...flag.split(' ')]), asking).toBe('no error');
  });

  it.each(['--model nano', '--precision exact', '--threads 2', '--device cpu'])('refuses %s where no model is asked', (flag) => {
    for (const mode of ['lines', 'text'])
      expect(usage(['read', 'a.png', '--mode', mode, ...flag.split(' ')])).toBe(
        `${flag.split(' ')[0]} says which model reads, and how. --mode ${mode} asks none; leave one of the two out.`,
      );
    if (!flag.startsWith('--model'))
      expect(usage(['read', 'a.png', ...flag.split(' ')])).toMatch(/says how a model reads, and none was chosen/);
    expect(usage(['read', 'a.png', '--model', 'nano', ...flag.split(' ')])).toBe('no error');
    expect(usage(['read', 'a.png', '--mode', 'text', '--compare', ...flag.split(' ')])).toBe('no error');
  });

  it('lets flags without a model leave the choice open, or the model compare', () => {
    expect(usage('read a.png --mode lines --tiles auto --rotate auto --no-retry --no-support --drafts off'.split(' '))).toBe('no error');
    expect(usage('read a.png --mode text --compare --tiles 4'.split(' '))).toBe('no error');
    expect(usage('read a.png --mode lines --compare'.split(' '))).toMatch(/leave --mode lines out/);
  });

  it('reads files with every option, wherever it stands', () => {
    const args = 'read a.png --json --model ./m --tiles 4 b.png --max-tokens 9 --threads 2 --precision fast --quiet -'.split(' ');
    expect(command(args)).toEqual({
      name: 'read',
      files: ['a.png', 'b.png', '-'],
      question: undefined,
      together: false,
      mode: 'auto',
      compare: false,
      readBlank: false,
      retry: true,
      form: 'json',
      pages: undefined,
      dpi: undefined,
      rotate: undefined,
      password: undefined,
      passwordFile: undefined,
      recursive: false,
      out: undefined,
      overwrite: false,
      maxPages: undefined,
      maxMemory: undefined,
      pageTimeout: undefined,
      documentTimeout: undefined,
      model: './m',
      isDefaultModel: false,
      precision: 'fast',
      threads: 2,
      tiles: 4,
      maxTokens: 9,
      system: undefined,
      temperature: undefined,
      topP: undefined,
      topK: undefined,
      seed: undefined,
      repetitionPenalty: undefined,
      stop: undefined,
      timeout: undefined,
      concurrency: undefined,
      maxCache: undefined,
      json: true,
      quiet: true,
    });
  });

  it('takes the last argument of ask as the question', () => {
    expect(command(['ask', 'a.png', 'b.png', 'What is it?', '--together'])).toMatchObject({
      files: ['a.png', 'b.png'],
      question: 'What is it?',
      together: true,
    });
  });

  it('takes the model from the flag, else from H2OVL_MODEL, else nano, and tells that nobody chose it', () => {
    expect(command(['read', 'a', '--model', 'x'], { H2OVL_MODEL: 'y' })).toMatchObject({ model: 'x', isDefaultModel: false });
    expect(command(['read', 'a'], { H2OVL_MODEL: 'y' })).toMatchObject({ model: 'y', isDefaultModel: false });
    expect(command(['read', 'a'], { H2OVL_MODEL: '' })).toMatchObject({ model: 'nano', isDefaultModel: true });
  });

  it('refuses a device that does not exist, also where no model will be asked', () => {
    expect(command(['read', 'a', '--model', 'm', '--device', 'webgpu:vision'])).toMatchObject({ device: 'webgpu:vision' });
    expect(() => command(['read', 'a', '--device', 'gpu2'])).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    expect(() => command(['read', 'a', '--device', 'cuda'])).toThrow(expect.objectContaining({ code: 'RUNTIME_UNAVAILABLE' }));
  });

  it('reads convert, models, info and eval', () => {
    expect(command(['convert', 'in', 'out', '--precision', 'balanced', '--int8-limit', '127'])).toMatchObject({
      name: 'convert',
      checkpoint: 'in',
      output: 'out',
      precision: 'balanced',
      int8Limit: 127,
    });
    expect(command(['convert', 'in'])).toMatchObject({ output: undefined, precision: undefined, int8Limit: undefined });
    expect(command(['models', '--json'])).toMatchObject({ name: 'models', json: true });
    expect(command(['models', 'rm', 'a', 'b'])).toMatchObject({ name: 'models rm', names: ['a', 'b'], all: false });
    expect(command(['models', 'rm', '--all'])).toMatchObject({ name: 'models rm', names: [], all: true });
    expect(command(['info', '--verify'])).toMatchObject({ name: 'info', verify: true, model: 'nano' });
    expect(command(['eval', 'pages', '--limit', '3'])).toMatchObject({ name: 'eval', folder: 'pages', limit: 3 });
  });

  it('reads a file whose name begins with a dash after --', () => {
    expect(command(['read', '--', '--odd.png'])).toMatchObject({ files: ['--odd.png'] });
  });

  it.each([
    ['an unknown command', ['raed', 'a.png'], "Unknown command 'raed'. Did you mean read?"],
    [
      'a flag by the name it once had',
      ['read', 'a.png', '--max-tiles', '4'],
      "Option '--max-tiles <count>' argument '4' is invalid. It is called --tiles now. See: h2ovl read --help",
    ],
    [
      'tiles that are neither a number nor auto',
      ['read', 'a.png', '--tiles', 'many'],
      "Option '--tiles <count>' argument 'many' is invalid. It must be auto, crops, or a whole number of at least 1. See: h2ovl read --help",
    ],
    ['an unknown flag', ['info', '--modle', 'x'], "Unknown option '--modle'. Did you mean --model?"],
    [
      'a flag like no other',
      ['read', '--zzzzzzz', 'a.png'],
      "Unknown option '--zzzzzzz'. See: h2ovl read --help\n  A file whose name begins with a dash stands behind --, as in: h2ovl read -- --zzzzzzz",
    ],
    [
      'a flag before the command',
      ['--model', 'x', 'read', 'a.png'],
      "Unknown option '--model'. Options follow the command, as in: h2ovl read page.png --json",
    ],
    ['no file', ['read'], "Missing required argument 'file'. See: h2ovl read --help"],
    ['a flag without its value', ['read', 'a', '--model'], "Option '--model <name>' argument missing. See: h2ovl read --help"],
    [
      'a question alone',
      ['ask', 'What?'],
      'ask needs at least one file and then the question, as in: h2ovl ask page.png "What is the total?"',
    ],
    ['an empty question', ['ask', 'a.png', ' '], 'The last argument of ask is the question, but it is empty.'],
    ['stdin twice', ['read', '-', '-'], 'Standard input (-) can be read only once.'],
    ['too many folders', ['eval', 'a', 'b'], "Too many arguments for 'eval'. Expected 1 argument but got 2. See: h2ovl eval --help"],
    ['models rm without names', ['models', 'rm'], 'Name the models to remove, as h2ovl models lists them, or give --all; not both.'],
    [
      'models rm with names and --all',
      ['models', 'rm', 'x', '--all'],
      'Name the models to remove, as h2ovl models lists them, or give --all; not both.',
    ],
  ])('refuses %s in one sentence with the next move', (_what, args, message) => {
    expect(usage(args)).toBe(message);
  });

  it('refuses a question that is in truth a file', () => {
    expect(usage(['ask', 'a.png', 'package.json'])).toBe('The last argument of ask is the question, but it is the file package.json.');
  });

  it.each(['0', '-1', '1.5', 'many', '1e3', ''])('refuses --max-tokens %j', (value) => {
    expect(usage(['read', 'a', `--max-tokens=${value}`])).toContain('whole number of at least 1');
  });

  it('refuses a precision that does not exist and names those that do', () => {
    expect(usage(['read', 'a', '--precision', 'turbo'])).toContain('exact, balanced, fast');
  });

  it('prints the help and fails without arguments', () => {
    const printed = parse([]);
    expect(printed).toMatchObject({ type: 'print', exitCode: 2 });
    expect(printed).toHaveProperty('text', expect.stringContaining('h2ovl ask invoice.png "What is the total?"'));
  });

  it.each(['read', 'ask', 'convert', 'models', 'info', 'eval', 'quality'])('has a help page with examples for %s', (name) => {
    const printed = parse([name, '--help']);
    expect(printed).toMatchObject({ type: 'print', exitCode: 0, text: expect.stringContaining(`Examples:\n  h2ovl ${name}`) });
  });

  it('reads how answers are chosen and how long they may take', () => {
    const flags = '--temperature 0.7 --top-p .9 --top-k 40 --seed -5 --repetition-penalty 1.1 --timeout 2.5 --concurrency 2'.split(' ');
    const more = ['--system', 'Be brief.', '--stop', 'END', '--stop', '\n\n'];
    expect(command(['read', 'a.png', '--model', 'm', ...flags, ...more])).toMatchObject({
      temperature: 0.7,
      topP: 0.9,
      topK: 40,
      seed: -5,
      repetitionPenalty: 1.1,
      timeout: 2.5,
      concurrency: 2,
      system: 'Be brief.',
      stop: ['END', '\n\n'],
    });
  });

  it.each([
    ['--temperature', '-1'],
    ['--top-p', '0'],
    ['--top-p', '1.5'],
    ['--top-k', '0'],
    ['--seed', '1.5'],
    ['--timeout', '0'],
    ['--concurrency', '65'],
    ['--stop', ''],
  ])('refuses %s %s', (flag, value) => {
    expect(usage(['read', 'a', flag, value])).toContain(flag);
  });

  it.each(['--version', '-v', '-V'])('prints the version with %s', (flag) => {
    expect(parse([flag])).toEqual({ type: 'print', text: '1.2.3\n', exitCode: 0 });
  });
});

describe('words that are files', () => {
  const before = process.cwd();
  const folder = mkdtempSync(join(tmpdir(), 'h2ovl-words-'));
  beforeAll(() => {
    for (const name of ['-dash.png', 'page.png', 'What']) writeFileSync(join(folder, name), '');
    process.chdir(folder);
  });
  afterAll(() => {
    process.chdir(before);
    rmSync(folder, { recursive: true });
  });

  it('are files also where they begin with a dash, as *.png may bring them', () => {
    expect(command(['read', '-dash.png', '--json', 'page.png'])).toMatchObject({ files: ['./-dash.png', 'page.png'], json: true });
    expect(command(['read', '--', '-dash.png'])).toMatchObject({ files: ['-dash.png'] });
    expect(usage(['read', '-none.png'])).toContain('h2ovl read -- -none.png');
  });

  it('end where a question without quotes begins', () => {
    expect(command(['ask', 'page.png', 'How', 'much', 'is', 'it?'])).toMatchObject({ files: ['page.png'], question: 'How much is it?' });
    expect(command(['ask', 'page.png', '-', 'How', 'much?', '--json'])).toMatchObject({ files: ['page.png', '-'], question: 'How much?' });
  });

  it('are not guessed: a name that is like that of a file, or is one, is a file', () => {
    expect(command(['ask', 'page.png', 'gone.png', 'How much?'])).toMatchObject({ files: ['page.png', 'gone.png'], question: 'How much?' });
    expect(command(['ask', 'page.png', 'x', 'What', 'now?'])).toMatchObject({ files: ['page.png', 'x', 'What'], question: 'now?' });
  });
});
