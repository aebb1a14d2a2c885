import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LineBox, type PageLines, type TextLine, VisionError } from '@h2ovl/contract';
import { openDocument } from '@h2ovl/core';
import { afterAll, describe, expect, test } from 'vitest';
import { makeTiff } from '../../../../dev/src/testing/craft-images.ts';
import { makePdf, type PdfItem } from '../../../../dev/src/testing/pdf/make-pdf.ts';
import type { CoreLibrary } from '../../../src/core-library.ts';
import { writePng } from '../../../src/lines/write-png.ts';
import { runFake } from '../fake-world.ts';

const folder = mkdtempSync(join(tmpdir(), 'h2ovl-lines-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

const [width, height] = [400, 200];
const boxAt = (left: number, top: number, right: number, bottom: number): LineBox => [
  [left, top],
  [right, top],
  [right, bottom],
  [left, bottom],
];

/** Lines as the reader gives them; ten pixels a letter. */
function lineAt(text: string, x: number, y: number): TextLine {
  const words = [...text.matchAll(/\S+/g)].map((word) => ({
    text: word[0],
    box: boxAt(x + word.index * 10, y, x + (word.index + word[0].length) * 10, y + 24),
  }));
  return { text, confidence: 0.97, box: boxAt(x, y, x + text.length * 10, y + 24), height: 24, words };
}

const read: PageLines = {
  width,
  height,
  rotation: 0,
  rotationMargin: 0.9,
  hasText: true,
  lines: [lineAt('Total due & paid', 40, 40), lineAt('Größe 12,50 €', 40, 120)],
  text: 'Total due & paid\nGröße 12,50 €',
  unreadable: 1,
  warnings: [],
};

function library(result: PageLines = read): Partial<CoreLibrary> & { readonly closed: number } {
  const state = { closed: 0 };
  return {
    readLines: async () => result,
    closeLineReader: async () => {
      state.closed += 1;
    },
    get closed() {
      return state.closed;
    },
  };
}

const box: PdfItem = { type: 'box', x: 20, y: 20, width: 20, height: 10, color: [0, 0, 0] };
const letters = (text: string): PdfItem => ({ type: 'text', text, x: 60, y: 60, size: 14 });

async function blank(name: string): Promise<string> {
  const path = join(folder, name);
  writeFileSync(path, await writePng({ width, height, data: new Uint8Array(width * height * 3).fill(255) }));
  return path;
}

describe('lines', () => {
  test('prints the text, and frees the reader', async () => {
    const core = library();
    const page = await blank('a.png');
    expect(await runFake(['lines', page], core)).toEqual({ exitCode: 0, stdout: `${read.text}\n`, stderr: '' });
    expect(core.closed).toBe(1);
  });

  test('prints a line of JSON for each file, and one for a file that is not there', async () => {
    const page = await blank('b.png');
    const { exitCode, stdout } = await runFake(['lines', page, join(folder, 'none.png'), '--json'], library());
    const [first, second] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(first).toMatchObject({
      file: page,
      pages: [{ page: 1, width, height, rotation: 0, lines: [{ text: 'Total due & paid', height: 24 }, {}] }],
    });
    expect(first.pages[0].lines[0].words).toHaveLength(4);
    expect(second).toMatchObject({ error: { code: 'IMAGE_NOT_FOUND' } });
    expect(exitCode).toBe(1);
  });

  test('writes hOCR with the boxes of lines and words', async () => {
    const { stdout } = await runFake(['lines', await blank('c.png'), '--format', 'hocr'], library());
    expect(stdout).toContain('<div class="ocr_page" id="page_1"');
    expect(stdout).toContain('title="bbox 40 40 200 64; baseline 0 -5.3; x_size 24.0"');
    expect(stdout).toContain('<span class="ocrx_word" id="word_1_1_3" title="bbox 140 40 150 64; x_wconf 97">&amp;</span>');
  });

  test('writes nothing of a file none of whose pages could be read, but JSON', async () => {
    const failing = { ...library(), readLines: () => Promise.reject(new VisionError('SESSION_FAILED', 'It broke.')) };
    const page = await blank('none.png');
    for (const form of ['text', 'hocr'])
      expect(await runFake(['lines', page, '--format', form], failing)).toMatchObject({ exitCode: 1, stdout: '' });
    expect(JSON.parse((await runFake(['lines', page, '--json'], failing)).stdout)).toMatchObject({
      pages: [{ error: { code: 'SESSION_FAILED' } }],
    });
  });

  test('replaces none of the documents that it reads, whatever they are called', async () => {
    const place = join(folder, 'same');
    mkdirSync(place);
    const names = ['a.pdf', 'a.pdf.pdf', 'link.pdf'].map((name) => join(place, name));
    const original = makePdf({ pages: [{ items: [box], width: 144, height: 72 }] });
    for (const path of names.slice(0, 2)) writeFileSync(path, original);
    symlinkSync(names[1] as string, join(place, 'link.pdf'));
    for (const files of [names.slice(0, 2), [names[0], names[2]]] as string[][]) {
      const { exitCode, stderr } = await runFake(['lines', ...files, '--format', 'pdf', '--out', place, '--overwrite'], library());
      expect({ exitCode, stderr }).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining(`${names[1]} is one of the documents that are read, and a result would replace it.`),
      });
    }
    expect(readFileSync(names[1] as string).equals(original)).toBe(true);
    expect(readdirSync(place).sort()).toEqual(['a.pdf', 'a.pdf.pdf', 'link.pdf']);
  });

  test.runIf(process.platform === 'linux')('ends where the system takes no folder', async () => {
    const { exitCode, stderr } = await runFake(['lines', await blank('g.png'), '--out', '/proc/h2ovl-results'], library());
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('STORAGE_UNAVAILABLE') });
  });

  test('writes a PDF that can be searched: the picture as it was, the words where they stand', async () => {
    const out = join(folder, 'pdfs');
    const { exitCode, stderr } = await runFake(['lines', await blank('d.png'), '--format', 'pdf', '--out', out], library());
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: `Wrote ${join(out, 'd.png.pdf')}\n` });
    await using pdf = await openDocument(join(out, 'd.png.pdf'));
    const page = await pdf.page(1);
    expect([page.size.width, page.size.height]).toEqual([width, height]); // 200 dots an inch
    const { data } = await page.render();
    expect(data.every((value) => value === 255)).toBe(true); // nothing is seen of the words
    const layer = await page.textLayer();
    const hidden = layer?.hidden?.map(({ text }) => text).join(' ') ?? '';
    const all = `${layer?.text ?? ''} ${hidden}`;
    for (const word of ['Total', 'due', 'paid', 'Größe', '12,50', '€']) expect(all).toContain(word);
  });

  test('draws the boxes', async () => {
    const out = join(folder, 'drawn');
    expect((await runFake(['lines', await blank('e.png'), '--draw', '--out', out], library())).exitCode).toBe(0);
    expect(readdirSync(out).sort()).toEqual(['e.png.lines.png', 'e.png.txt']);
    await using picture = await openDocument(join(out, 'e.png.lines.png'));
    const { data } = await (await picture.page(1)).render();
    const at = (x: number, y: number): number[] => [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
    expect(at(195, 64)).toEqual([214, 32, 32]); // the frame of the line, below its last word's letters
    expect(at(10, 10)).toEqual([255, 255, 255]);
  });

  test('names itself where a document is an address', async () => {
    const { stderr } = await runFake(['lines', 'https://example.org/page.png'], library());
    expect(stderr).toContain('curl -s ADDRESS | h2ovl lines -');
  });

  test('keeps the lines of a page whose picture cannot be written', async () => {
    const out = join(folder, 'undrawn');
    mkdirSync(join(out, 'u.png.lines.png.part'), { recursive: true }); // no file can have this name
    const { exitCode, stderr } = await runFake(['lines', await blank('u.png'), '--draw', '--out', out, '--overwrite'], library());
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('u.png.lines.png cannot be written') });
    expect(readFileSync(join(out, 'u.png.txt'), 'utf8')).toBe(`${read.text}\n`);
  });

  test('replaces no file unless it is told to', async () => {
    const out = join(folder, 'there');
    const page = await blank('f.png');
    expect((await runFake(['lines', page, '--out', out], library())).exitCode).toBe(0);
    const second = await runFake(['lines', page, '--out', out], library());
    expect(second.exitCode).toBe(1);
    expect(second.stderr).toContain('--overwrite');
    expect((await runFake(['lines', page, '--out', out, '--overwrite'], library())).exitCode).toBe(0);
    expect(readFileSync(join(out, 'f.png.txt'), 'utf8')).toBe(`${read.text}\n`);
  });

  test('throws nothing away that a stopped run had read', async () => {
    const out = join(folder, 'stopped');
    const [page, part] = [await blank('s.png'), join(out, 's.png.txt.part')];
    mkdirSync(out);
    writeFileSync(part, 'read so far');
    const { exitCode, stderr } = await runFake(['lines', page, '--out', out], library());
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(`${part} is there already.`) });
    expect(stderr).toContain('an earlier run had read when it was stopped. Add --overwrite');
    expect(readFileSync(part, 'utf8')).toBe('read so far');
    expect((await runFake(['lines', page, '--out', out, '--overwrite'], library())).exitCode).toBe(0);
    expect(readdirSync(out)).toEqual(['s.png.txt']);
  });

  test.skipIf(process.platform === 'win32')('writes nothing through a link that leads out of the folder', async () => {
    const [source, out, elsewhere] = [join(folder, 'tree'), join(folder, 'linked'), join(folder, 'elsewhere')];
    for (const path of [join(source, 'sub'), out, elsewhere]) mkdirSync(path, { recursive: true });
    await blank('tree/a.png');
    await blank('tree/sub/b.png');
    symlinkSync(elsewhere, join(out, 'sub'));
    for (const form of ['text', 'pdf']) {
      const { exitCode, stderr } = await runFake(['lines', source, '--recursive', '--format', form, '--out', out], library());
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('leads out of') });
      expect(readdirSync(elsewhere)).toEqual([]);
    }
  });

  test('leaves nothing half written when a page fails', async () => {
    const out = join(folder, 'failed');
    const broken = join(folder, 'broken.png');
    writeFileSync(broken, 'no picture');
    const { exitCode, stderr } = await runFake(['lines', broken, '--format', 'pdf', '--out', out], library());
    expect(exitCode).toBe(1);
    expect(stderr).toContain('broken.png');
    expect(existsSync(out) ? readdirSync(out) : []).toEqual([]);
  });

  test.each([
    [['--json', '--format', 'hocr'], /two forms/],
    [['--format', 'pdf'], /--out FOLDER/],
    [['--draw'], /--out FOLDER/],
    [['--overwrite'], /--out FOLDER/],
    [['--rotate', '90'], /Unknown option '--rotate'/],
    [['--page-budget', '1'], /Unknown option '--page-budget'/],
    [['--document-budget', '1'], /Unknown option '--document-budget'/],
  ])('refuses %j', async (flags, message) => {
    const { exitCode, stderr } = await runFake(['lines', 'x.png', ...flags], library());
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
  });

  test('lays the words over the pages of a PDF, which stay as they are', async () => {
    const source = join(folder, 'scans.pdf');
    const original = makePdf({
      pages: [
        { items: [box], width: 144, height: 72 },
        { items: [box, letters('carried by the page')], width: 400, height: 200 },
        { items: [box], width: 72, height: 144, rotate: 90 },
      ],
    });
    writeFileSync(source, original);
    const out = join(folder, 'searchable');
    const { exitCode, stderr } = await runFake(['lines', source, '--format', 'pdf', '--out', out], library());
    expect(exitCode).toBe(0);
    expect(stderr).toContain('One page carries text already and stays as in the file.');
    const path = join(out, 'scans.pdf.pdf');
    expect(readFileSync(path).subarray(0, original.length).equals(original)).toBe(true);
    await using pdf = await openDocument(path);
    const hidden = async (number: number) =>
      (await (await pdf.page(number)).textLayer())?.hidden.map(({ text, reason }) => `${reason}: ${text}`).join(' ');
    expect(pdf.pageCount).toBe(3);
    expect(await hidden(1)).toContain('invisible: Total due & paid');
    expect(await hidden(3)).toContain('Größe 12,50 €');
    expect(await hidden(2)).toBe('');
    // A second time there is nothing to do.
    const again = join(folder, 'again');
    expect((await runFake(['lines', path, '--format', 'pdf', '--out', again], library())).exitCode).toBe(0);
    expect(readFileSync(join(again, 'scans.pdf.pdf.pdf')).equals(readFileSync(path))).toBe(true);
  });

  test('says once that a PDF may not be changed, before any page is read', async () => {
    const [locked, out] = [join(folder, 'owned.pdf'), join(folder, 'owned')];
    const scan = { items: [box], width: 144, height: 72 };
    writeFileSync(locked, makePdf({ pages: [scan, scan, scan], password: '', ownerPassword: 'mine' }));
    let reads = 0;
    const counting = {
      ...library(),
      readLines: async () => {
        reads += 1;
        return read;
      },
    };
    const next = await blank('next.png');
    const { exitCode, stderr } = await runFake(['lines', locked, next, '--format', 'pdf', '--out', out], counting);
    expect(exitCode).toBe(1);
    expect(stderr.match(/lets nobody change it/g)).toHaveLength(1);
    expect(reads).toBe(1);
    expect(readdirSync(out)).toEqual(['next.png.pdf']);
  });

  test('goes on with the next file where a PDF cannot be written', async () => {
    const [locked, open, out] = [join(folder, 'locked.pdf'), join(folder, 'open.pdf'), join(folder, 'both')];
    for (const path of [locked, open]) writeFileSync(path, makePdf({ pages: [{ items: [box], width: 144, height: 72 }] }));
    mkdirSync(join(out, 'locked.pdf.pdf.part'), { recursive: true }); // no file can have this name
    const { exitCode, stderr } = await runFake(['lines', locked, open, '--format', 'pdf', '--out', out, '--overwrite'], library());
    expect(exitCode).toBe(1);
    expect(stderr).toContain('STORAGE_UNAVAILABLE');
    expect(readdirSync(out).sort()).toEqual(['locked.pdf.pdf.part', 'open.pdf.pdf']);
  });

  test('puts all pages of a TIFF into one PDF', async () => {
    const source = join(folder, 'pages.tif');
    writeFileSync(source, makeTiff({ row: [0, 255, 0, 255, 9, 7, 3, 1], pages: 3 }));
    const out = join(folder, 'one');
    expect((await runFake(['lines', source, '--format', 'pdf', '--out', out], library())).exitCode).toBe(0);
    await using pdf = await openDocument(join(out, 'pages.tif.pdf'));
    expect(pdf.pageCount).toBe(3);
  });
});
