import { makeBlackPng, makeBoxFile, makeTiff } from '../testing/craft-images.ts';
import { joinTiffs } from '../testing/craft-tiff.ts';
import * as hostile from '../testing/pdf/hostile-pdfs.ts';
import { makePdf } from '../testing/pdf/make-pdf.ts';
import type { CorpusCase } from './corpus-case.ts';
import { drawPicture } from './valid-cases.ts';

const hello = makePdf({ pages: [{ items: [{ type: 'text', text: 'Hello', x: 50, y: 700, size: 20 }] }] });

/** Files that are damaged, lie, or are made to harm. `isFull` adds those that are large or take all their time. */
export async function listHostileCases(isFull: boolean): Promise<readonly CorpusCase[]> {
  const [png, jpeg, gif, webp, tiff] = await Promise.all([
    drawPicture().png().toBuffer(),
    drawPicture().jpeg().toBuffer(),
    drawPicture().gif().toBuffer(),
    drawPicture().webp().toBuffer(),
    drawPicture().tiff({ compression: 'lzw' }).toBuffer(),
  ]);
  const whole: Readonly<Record<string, Buffer>> = { png, jpeg, gif, webp, tiff, pdf: hello };
  const cases: CorpusCase[] = [];
  const any = (name: string, file: string, bytes: Uint8Array): void =>
    void cases.push({ name, file, bytes, expected: 'any', marks: 'none' });
  const refused = (name: string, file: string, bytes: Uint8Array, code: RegExp): void =>
    void cases.push({ name, file, bytes, expected: { code }, marks: 'none' });
  const read = (name: string, file: string, bytes: Uint8Array, pages: number): void =>
    void cases.push({ name, file, bytes, expected: { pages }, marks: 'ink' });

  for (const [format, bytes] of Object.entries(whole)) {
    for (const share of isFull || format !== 'pdf' ? [0.02, 0.3, 0.9] : [0.3])
      any(`${format} cut at ${share * 100} %`, `cut.${format}`, bytes.subarray(0, Math.max(4, bytes.length * share)));
    const flipped = Buffer.from(bytes);
    for (let at = 40; at < flipped.length; at += 97) flipped[at] = (flipped[at] as number) ^ 0xff;
    any(`${format} with wrong bytes`, `damaged.${format}`, flipped);
  }
  refused('nothing at all', 'empty.pdf', Buffer.alloc(0), /IMAGE_UNREADABLE/);
  refused('text', 'notes.png', Buffer.from('just words\n'), /IMAGE_UNREADABLE/);
  refused('a web page', 'page.pdf', Buffer.from('<!doctype html><html>%PDF</html>'), /IMAGE_UNREADABLE/);
  refused('an archive', 'report.docx', Buffer.from('PK\x03\x04 and a document.pdf', 'latin1'), /IMAGE_UNREADABLE/);
  refused(
    'a drawing that is a program',
    'a.svg',
    Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'),
    /IMAGE_UNSUPPORTED/,
  );
  refused('heic without its decoder', 'photo.heic', makeBoxFile('heic', 'mif1', 'heic'), /DECODER_UNAVAILABLE|IMAGE_UNREADABLE/);
  for (const [compression, name] of [
    [50000, 'Zstandard'],
    [34712, 'JPEG 2000'],
    [34925, 'LZMA'],
    [34887, 'LERC'],
    [4711, 'a method of nobody'],
  ] as const) {
    refused(`tiff by ${name}`, 'other.tif', makeTiff({ row: [1, 2, 3, 4], compression }), /IMAGE_UNSUPPORTED/);
  }

  read('a png called pdf', 'photo.pdf', png, 1);
  read('a pdf called png', 'paper.png', hello, 1);
  read('a jpeg with a pdf behind it', 'both.jpg', Buffer.concat([jpeg, hello]), 1);
  read('a pdf with a jpeg behind it', 'both.pdf', Buffer.concat([hello, jpeg]), 1);
  read('a gif that is a script', 'script.gif', Buffer.concat([gif, Buffer.from('/*alert(1)*/')]), 1);

  refused('a png of 30,000 x 30,000 pixels', 'bomb.png', makeBlackPng(30_000, 30_000), /IMAGE_TOO_LARGE/);
  refused(
    'a png of 2,000,000,000 pixels to a side',
    'bomb2.png',
    makeBlackPng(2_000_000_000, 2_000_000_000),
    /IMAGE_TOO_LARGE|IMAGE_UNREADABLE/,
  );
  any('a pdf whose tree is its own child', 'cyclic.pdf', hostile.makeCyclicTree());
  any('a pdf that promises a million pages', 'promise.pdf', hostile.makeEmptyTree(1_000_000));
  any('a pdf of no size', 'nosize.pdf', hostile.makePageOfSize(0, 0));
  any('a pdf a million points wide', 'wide.pdf', hostile.makePageOfSize(1_000_000, 1));
  if (isFull) {
    any('a pdf that draws for ever', 'forever.pdf', hostile.makeLaughingForms(12));
    any('a pdf with a picture of 30,000 x 30,000 pixels', 'picture.pdf', hostile.makePictureBomb(30_000));
    any('a pdf with content that unpacks a thousandfold', 'content.pdf', hostile.makeContentBomb(300_000_000));
  }
  const pages = isFull ? 10_000 : 1_000;
  read(`a pdf of ${pages} pages`, 'many.pdf', hostile.makeManyPages(pages), pages);
  cases.push({
    name: 'a tiff of 2,000 pages',
    file: 'many.tif',
    bytes: makeTiff({ row: [0, 255, 0, 255], pages: 2_000 }),
    expected: { pages: 2_000 },
    marks: 'ink',
  });
  cases.push({
    name: 'a tiff that leads back to itself',
    file: 'cyclic.tif',
    bytes: joinTiffs([tiff, tiff], { isCyclic: true }),
    expected: { pages: 2 },
    marks: 'bar',
  });

  for (const name of [
    '..\\..\\evil.png',
    'line\nbreak.png',
    'data:image;base64,.png',
    '-rf.png',
    '%2e%2e%2f.png',
    'con.png',
    '\u202egnp.png',
    ' .png',
    `${'n'.repeat(240)}.png`,
  ]) {
    read(`a file called ${JSON.stringify(name.length > 60 ? `${name.slice(0, 20)}…` : name)}`, name, png, 1);
  }
  return cases;
}
