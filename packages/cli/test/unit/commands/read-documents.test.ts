import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VisionError } from '@h2ovl/contract';
import { afterAll, describe, expect, it } from 'vitest';
import { makeBlackPng, makeTiff } from '../../../../dev/src/testing/craft-images.ts';
import { makePdf, type PdfPage } from '../../../../dev/src/testing/pdf/make-pdf.ts';
import { StopRequest } from '../../../src/stop-request.ts';
import { createFakeModel, runFake } from '../fake-world.ts';

const folder = mkdtempSync(join(tmpdir(), 'h2ovl-documents-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);
const words = (text: string): PdfPage => ({ items: [{ type: 'text', text, x: 60, y: 760, size: 14 }] });

const [report, scan, picture, locked] = [at('report.pdf'), at('scan.tif'), at('picture.png'), at('locked.pdf')];
writeFileSync(report, makePdf({ pages: [words('Page one of the report'), words('Page two of the report')] }));
writeFileSync(scan, makeTiff({ row: [0, 255, 0, 255, 9, 7, 3, 1], pages: 3 }));
writeFileSync(picture, makeBlackPng(8, 8));
writeFileSync(locked, makePdf({ pages: [words('A page behind a lock')], password: 'open sesame' }));

const untilStopped = (signal: AbortSignal): Promise<void> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

const lines = (text: string): { readonly [key: string]: unknown }[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('pages of documents', () => {
  it('that carry their own text are read without a model, each under a line with its name', async () => {
    const { library, loads } = createFakeModel({});
    const run = await runFake(['read', report], library);
    expect(run).toEqual({
      exitCode: 0,
      stdout: `==> ${report}, page 1 <==\nPage one of the report\n\n==> ${report}, page 2 <==\nPage two of the report\n`,
      stderr: '',
    });
    expect(loads).toEqual([]);
  });

  it('are told as JSON with where their text comes from, size and what made it', async () => {
    const { library } = createFakeModel({ [`${report}, page 2`]: 'seen' });
    const [first] = lines((await runFake(['read', report, '--json', '--pages', '1'], library)).stdout);
    const [second] = lines(
      (
        await runFake(
          ['read', '--read-blank', '--rotate', '0', report, '--format', 'json', '--pages', '-1', '--mode', 'model', '--model', 'm'],
          library,
        )
      ).stdout,
    );
    expect(first).toEqual({
      file: report,
      page: 1,
      pages: 2,
      format: 'pdf',
      size: { width: 1653, height: 2339 },
      text: 'Page one of the report',
      source: 'text',
      reason: 'the text layer is healthy',
      verdict: { kind: 'ok', reasons: [], attempts: [] },
      warnings: [],
    });
    expect(second).toMatchObject({ page: 2, pages: 2, text: 'seen', source: 'model', model: 'fake', precision: 'balanced' });
  });

  it('of a TIFF are each read by the model, and one that fails is named in its place', async () => {
    const { library } = createFakeModel({
      [`${scan}, page 1`]: 'first',
      [`${scan}, page 2`]: new VisionError('IMAGE_UNREADABLE', `${scan}, page 2 is damaged.`),
      [`${scan}, page 3`]: 'third',
    });
    const run = await runFake(['read', '--read-blank', '--rotate', '0', scan, '--model', 'm'], library);
    expect(run).toEqual({
      exitCode: 1,
      stdout:
        `==> ${scan}, page 1 <==\nfirst\n\n==> ${scan}, page 2 could not be read: IMAGE_UNREADABLE <==\n\n` +
        `==> ${scan}, page 3 <==\nthird\n`,
      stderr: `error: ${scan}, page 2 is damaged. [IMAGE_UNREADABLE]\n`,
    });
  });

  it('are asked one by one, or all together in one prompt', async () => {
    const { library, prompts } = createFakeModel({ [`${scan}, page 1`]: 'yes', [`${scan}, page 3`]: 'no' });
    const each = await runFake(['ask', scan, 'Signed?', '--pages', '1,3', '--model', 'm'], library);
    expect(each.stdout).toBe(`==> ${scan}, page 1 <==\nyes\n\n==> ${scan}, page 3 <==\nno\n`);
    const all = await runFake(['ask', scan, picture, 'Signed?', '--pages', '1', '--together', '--json', '--model', 'm'], library);
    expect(lines(all.stdout)).toMatchObject([{ files: [scan, picture], text: 'yes' }]);
    expect(prompts.at(-1)?.images).toMatchObject([{ name: `${scan}, page 1` }, { name: picture }]);
  });

  it('that a document does not have are refused, for this document alone', async () => {
    const { library } = createFakeModel({ [`${scan}, page 3`]: 'third' });
    const run = await runFake(['read', '--read-blank', '--rotate', '0', picture, scan, '--pages', '3', '--model', 'm'], library);
    expect(run).toMatchObject({ exitCode: 1, stdout: 'third\n'.replace('third', `==> ${scan}, page 3 <==\nthird`) });
    expect(run.stderr).toMatch(/^error: .*picture\.png: The document has one page; there is no page 3\. \[PAGE_NOT_FOUND\]\n {2}hint: /);
  });

  it('beyond --max-pages are refused in the words of the command line', async () => {
    const run = await runFake(['read', scan, '--max-pages', '2'], {});
    expect(run.stderr).toContain('3 pages were asked for; at most 2 are read in one go (--max-pages). [DOCUMENT_TOO_LARGE]');
    expect(run.stderr).toContain('hint: Name fewer pages, or raise --max-pages.');
  });

  it.each([
    [
      '--max-pixels',
      '63',
      'picture.png has 8 x 8 pixels, 64 in all; at most 63 are decoded (--max-pixels).',
      'Scale it down first, or raise --max-pixels.',
    ],
    ['--max-bytes', '50', 'bytes; at most 50 are read (--max-bytes).', 'or raise --max-bytes.'],
  ])('beyond %s are refused in the words of the command line, and read where the limit allows', async (flag, limit, message, hint) => {
    const { library } = createFakeModel({ [picture]: 'seen' });
    const refused = await runFake(['read', '--read-blank', '--rotate', '0', picture, flag, limit, '--model', 'm'], library);
    expect(refused.stderr).toContain(message);
    expect(refused.stderr).toMatch(new RegExp(`hint: .*${hint}$`, 'm'));
    expect((await runFake(['read', '--read-blank', '--rotate', '0', picture, flag, '1000', '--model', 'm'], library)).stdout).toBe(
      'seen\n',
    );
  });
});

describe('Markdown', () => {
  it('has a mark before each page, and the text as it is, which cannot hide what follows', async () => {
    const { library } = createFakeModel({ [`${scan}, page 1`]: '# Title\n<!-- hidden', [`${scan}, page 2`]: 'more' });
    const run = await runFake(
      ['read', '--read-blank', '--rotate', '0', scan, '--pages', '1-2', '--format', 'markdown', '--model', 'm'],
      library,
    );
    expect(run.stdout).toBe(
      `<!-- ${scan.replace(/-(?=-)/g, '- ')}, page 1 -->\n\n# Title\n&lt;!-- hidden\n\n<!-- ${scan}, page 2 -->\n\nmore\n`,
    );
  });

  it('of a file whose name would end the mark stays a mark', async () => {
    const strange = at('a--> b.tif');
    writeFileSync(strange, readFileSync(scan));
    const { library } = createFakeModel({ [`${strange}, page 1`]: 'x', [`${strange}, page 2`]: 'y' });
    const { stdout } = await runFake(
      ['read', '--read-blank', '--rotate', '0', strange, '--pages', '1-2', '--format', 'markdown', '--model', 'm'],
      library,
    );
    expect(stdout.match(/-->/g)).toHaveLength(2);
  });
});

describe('--compare', () => {
  it('reads a page twice, and shows where the model differs from the text in the file', async () => {
    const { library } = createFakeModel({ [`${report}, page 1`]: 'Page one of his report' });
    const run = await runFake(['read', '--read-blank', '--rotate', '0', report, '--pages', '1', '--compare', '--model', 'm'], library, {
      terminals: ['stdout'],
    });
    expect(run.stdout).toBe(
      'Page one of the report\n\n--- The text layer and the model agree on 80.0 % of the words.\nPage one of [-the-]{+his+} report\n',
    );
    const [line] = lines(
      (await runFake(['read', '--read-blank', '--rotate', '0', report, '--pages', '1', '--compare', '--json', '--model', 'm'], library))
        .stdout,
    );
    expect(line).toMatchObject({ source: 'text', comparison: { agreement: 0.8, lines: [{ agreement: 0.8 }] } });
  });
});

describe('a password', () => {
  it('comes from the environment, a file or a flag, and one that is missing is asked for', async () => {
    const file = at('password.txt');
    writeFileSync(file, 'open sesame\n');
    for (const [args, env] of [
      [[], { H2OVL_PASSWORD: 'open sesame' }],
      [['--password-file', file], {}],
      [['--password', 'open sesame'], { H2OVL_PASSWORD: 'wrong' }],
    ] as const) {
      expect(await runFake(['read', locked, ...args], {}, { env })).toMatchObject({
        exitCode: 0,
        stdout: 'A page behind a lock\n',
      });
    }
    const without = await runFake(['read', locked], {});
    expect(without.stderr).toMatch(
      /needs a password\. \[DOCUMENT_ENCRYPTED\]\n {2}hint: Give its password with --password-file FILE, or as H2OVL_PASSWORD/,
    );
    const noFile = await runFake(['read', locked, '--password-file', at('none')], {});
    expect(noFile).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('The password file') });
  });
});

describe('--out', () => {
  const source = at('source');
  mkdirSync(join(source, 'sub'), { recursive: true });
  writeFileSync(join(source, 'a.pdf'), readFileSync(report));
  writeFileSync(join(source, 'a.png'), makeBlackPng(8, 8));
  writeFileSync(join(source, 'sub/a.png'), makeBlackPng(8, 8));
  const listAll = (path: string): string[] => readdirSync(path, { recursive: true, encoding: 'utf8' }).sort();

  it('gets a file for each document, in the same folders, and no other output', async () => {
    const { library } = createFakeModel({ [join(source, 'a.png')]: 'picture', [join(source, 'sub/a.png')]: 'below' });
    const out = at('out');
    const run = await runFake(['read', '--read-blank', '--rotate', '0', source, '--recursive', '--out', out, '--model', 'm'], library);
    expect(run).toMatchObject({ exitCode: 0, stdout: '' });
    expect(run.stderr.match(/^Written: .*$/gm)).toHaveLength(3);
    expect(listAll(out)).toEqual(['a.pdf.txt', 'a.png.txt', 'sub', 'sub/a.png.txt']);
    expect(readFileSync(join(out, 'sub/a.png.txt'), 'utf8')).toBe('below\n');
    expect(readFileSync(join(out, 'a.pdf.txt'), 'utf8')).toContain('page 2 <==\nPage two');
    const again = await runFake(['read', '--read-blank', '--rotate', '0', source, '--recursive', '--out', out, '--model', 'm'], library);
    expect(again).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/is there already, and so are 2 more .*\n {2}hint: Add --overwrite/),
    });
    rmSync(join(out, 'a.png.txt'));
    expect(
      await runFake(['read', '--read-blank', '--rotate', '0', source, '--recursive', '--out', out, '--model', 'm'], library),
    ).toMatchObject({
      stderr: expect.stringContaining('is there already, and so is one more of the files that would be written.'),
    });
    expect(
      await runFake(['read', '--read-blank', '--rotate', '0', source, '--out', out, '--model', 'm', '--overwrite'], library),
    ).toMatchObject({
      exitCode: 0,
    });
  });

  it('gets no file for a document that cannot be read', async () => {
    const bad = at('bad.png');
    writeFileSync(bad, 'words');
    const run = await runFake(['read', bad, '--json', '--out', at('none-out')], {});
    expect(run).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('[IMAGE_UNREADABLE]') });
    expect(listAll(at('none-out'))).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')('is not left through a link in it', async () => {
    const out = at('linked');
    mkdirSync(out);
    mkdirSync(at('elsewhere'));
    symlinkSync(at('elsewhere'), join(out, 'sub'));
    const { library } = createFakeModel({ [join(source, 'a.png')]: 'picture', [join(source, 'sub/a.png')]: 'below' });
    const run = await runFake(['read', '--read-blank', '--rotate', '0', source, '--recursive', '--out', out, '--model', 'm'], library);
    expect(run).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('leads out of') });
    expect(listAll(at('elsewhere'))).toEqual([]);
  });

  it('keeps what was read of a document when the work is stopped', async () => {
    const stop = new AbortController();
    const { library } = createFakeModel({
      [`${scan}, page 1`]: 'first',
      [`${scan}, page 2`]: async function* (signal) {
        yield { type: 'progress', phase: 'prefill', done: 0, total: 1 };
        setImmediate(() => stop.abort(new StopRequest('Stopped by SIGINT.', 130)));
        await untilStopped(signal);
      },
    });
    const out = at('stopped');
    const run = await runFake(['read', '--read-blank', '--no-support', '--rotate', '0', scan, '--out', out, '--model', 'm'], library, {
      stopSignal: stop.signal,
    });
    expect(run).toMatchObject({
      exitCode: 130,
      stderr: expect.stringContaining(`What was read so far is in ${join(out, 'scan.tif.txt.part')}`),
    });
    expect(readFileSync(join(out, 'scan.tif.txt.part'), 'utf8')).toBe(`==> ${scan}, page 1 <==\nfirst\n`);
    expect(existsSync(join(out, 'scan.tif.txt'))).toBe(false);
  });
});

describe('objects of pages', () => {
  const answers = { [`${scan}, page 1`]: { object: { total: 1 } as never }, [`${scan}, page 3`]: { object: { total: 3 } as never } };
  const extract = ['extract', '--read-blank', '--rotate', '0', scan, '--fields', 'total:number', '--pages', '1,3', '--model', 'm'];

  it('are a list, lines, or rows with the page', async () => {
    const { library } = createFakeModel(answers);
    expect(JSON.parse((await runFake(extract, library)).stdout)).toEqual([
      { file: scan, page: 1, data: { total: 1 } },
      { file: scan, page: 3, data: { total: 3 } },
    ]);
    expect(lines((await runFake([...extract, '--format', 'jsonl'], library)).stdout)).toEqual([
      { file: scan, page: 1, pages: 3, data: { total: 1 } },
      { file: scan, page: 3, pages: 3, data: { total: 3 } },
    ]);
    expect((await runFake([...extract, '--format', 'csv'], library)).stdout).toBe(`file,page,total\r\n${scan},1,1\r\n${scan},3,3\r\n`);
    expect(JSON.parse((await runFake([...extract, '--pages', '3'], library)).stdout)).toEqual({ total: 3 });
  });

  it('that were there when the work was stopped are written', async () => {
    const stop = new AbortController();
    const { library } = createFakeModel({
      ...answers,
      [`${scan}, page 3`]: async function* (signal) {
        yield { type: 'progress', phase: 'prefill', done: 0, total: 1 };
        setImmediate(() => stop.abort(new StopRequest('Stopped by SIGINT.', 130)));
        await untilStopped(signal);
      },
    });
    const run = await runFake(extract, library, { stopSignal: stop.signal });
    expect(run.exitCode).toBe(130);
    expect(JSON.parse(run.stdout)).toEqual([{ file: scan, page: 1, data: { total: 1 } }]);
  });
});
