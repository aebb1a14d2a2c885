import sharp, { type Sharp } from 'sharp';
import { makeTiff } from '../testing/craft-images.ts';
import { joinTiffs, makeBigTiff, makeG3Tiff } from '../testing/craft-tiff.ts';
import { makePdf, type PdfPage } from '../testing/pdf/make-pdf.ts';
import type { CorpusCase } from './corpus-case.ts';

const [width, height] = [310, 438];
const words = ['Invoice 4821', 'Date 12.03.2024', 'Total 90.34 EUR', 'Thank you'];

/** Drawn text, black on white, by PDFium's own fonts: no font of the machine is needed. */
function drawPage(text: string, more: Partial<PdfPage> = {}): PdfPage {
  const items = [text, ...words].map((line, row) => ({ type: 'text' as const, text: line, x: 60, y: 720 - row * 60, size: 24 }));
  return { items, ...more };
}

/** A picture with marks whose place is known: a frame and a bar in the upper left quarter. */
export function drawPicture(): Sharp {
  const pixels = new Uint8Array(width * height * 3).fill(255);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const isFrame = x < 4 || y < 4 || x >= width - 4 || y >= height - 4;
      const isBar = y > 40 && y < 70 && x > 30 && x < 200;
      if (isFrame || isBar) pixels.fill(0, (y * width + x) * 3, (y * width + x) * 3 + 3);
    }
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

type Encode = (picture: Sharp) => Sharp;

const pictures: Readonly<Record<string, Encode>> = {
  'png 8-bit': (picture) => picture.png(),
  'png 16-bit': (picture) => picture.toColourspace('rgb16').png(),
  'png palette': (picture) => picture.png({ palette: true }),
  'png grey': (picture) => picture.toColourspace('b-w').png(),
  'png with alpha': (picture) => picture.ensureAlpha().png(),
  'png interlaced': (picture) => picture.png({ progressive: true }),
  'jpeg baseline': (picture) => picture.jpeg({ quality: 90 }),
  'jpeg progressive': (picture) => picture.jpeg({ quality: 90, progressive: true }),
  'jpeg cmyk': (picture) => picture.toColourspace('cmyk').jpeg({ quality: 95 }),
  'jpeg grey': (picture) => picture.toColourspace('b-w').jpeg({ quality: 90 }),
  'webp lossy': (picture) => picture.webp({ quality: 90 }),
  'webp lossless': (picture) => picture.webp({ lossless: true }),
  avif: (picture) => picture.avif({ quality: 80, effort: 0 }),
  gif: (picture) => picture.gif(),
  'tiff none': (picture) => picture.tiff({ compression: 'none' }),
  'tiff packbits': (picture) => picture.tiff({ compression: 'packbits' }),
  'tiff lzw': (picture) => picture.tiff({ compression: 'lzw' }),
  'tiff deflate': (picture) => picture.tiff({ compression: 'deflate' }),
  'tiff jpeg': (picture) => picture.tiff({ compression: 'jpeg', quality: 90 }),
  'tiff webp': (picture) => picture.tiff({ compression: 'webp', quality: 90 }),
  'tiff ccitt g4': (picture) => picture.toColourspace('b-w').threshold(128).tiff({ compression: 'ccittfax4', bitdepth: 1 }),
  'tiff 16-bit': (picture) => picture.toColourspace('rgb16').tiff({ compression: 'lzw' }),
  'tiff lab': (picture) => picture.toColourspace('lab').tiff({ compression: 'lzw' }),
  'tiff cmyk': (picture) => picture.toColourspace('cmyk').tiff({ compression: 'lzw' }),
  'tiff 1-bit': (picture) => picture.toColourspace('b-w').threshold(128).tiff({ compression: 'none', bitdepth: 1 }),
  'tiff tiled': (picture) => picture.tiff({ compression: 'deflate', tile: true, tileWidth: 128, tileHeight: 128 }),
  'tiff pyramid': (picture) => picture.tiff({ compression: 'deflate', tile: true, tileWidth: 128, tileHeight: 128, pyramid: true }),
};

/** Documents that must be read, with the pages they have. `isFull` has every trait of a PDF, which takes a process each; else some stand for all. */
export async function listValidCases(isFull: boolean): Promise<readonly CorpusCase[]> {
  const cases: CorpusCase[] = [];
  const add = (name: string, file: string, bytes: Uint8Array, pages: number, marks: CorpusCase['marks'] = 'bar'): void => {
    cases.push({ name, file, bytes, expected: { pages }, marks });
  };
  for (const [name, encode] of Object.entries(pictures)) {
    const bytes = await encode(drawPicture()).toBuffer();
    add(name, `${name.replaceAll(' ', '-')}.${name.split(' ')[0]}`, bytes, 1);
  }
  for (let orientation = 2; orientation <= 8; orientation += 1) {
    add(
      `jpeg exif ${orientation}`,
      `exif-${orientation}.jpg`,
      await drawPicture().withMetadata({ orientation }).jpeg().toBuffer(),
      1,
      'ink',
    );
  }
  const frames = await sharp([await drawPicture().png().toBuffer(), await drawPicture().negate().png().toBuffer()], {
    join: { animated: true },
  })
    .gif()
    .toBuffer();
  add('gif animated', 'animated.gif', frames, 1);
  const pages = await Promise.all(['none', 'lzw', 'deflate'].map((compression) => drawPicture().tiff({ compression }).toBuffer()));
  add('tiff of three pages', 'three.tif', joinTiffs(pages), 3);
  add('tiff float', 'float.tif', makeTiff({ row: [0, 0.25, 0.5, 1, 0, 0, 1, 1], bits: 32 }), 1, 'ink');
  add('tiff big, two pages', 'big.tif', makeBigTiff({ row: [0, 255, 0, 255, 0, 255, 0, 255], pages: 2 }), 2, 'ink');
  add('tiff ccitt g3', 'g3.tif', makeG3Tiff(), 1, 'ink');
  add('bmp', 'page.bmp', makeBmp(await drawPicture().raw().toBuffer()), 1);
  add('ppm', 'page.ppm', Buffer.concat([Buffer.from(`P6\n${width} ${height}\n255\n`), await drawPicture().raw().toBuffer()]), 1);
  const pictureCases = cases.splice(0);
  await addPdfs(add);
  return [...pictureCases, ...cases.filter(({ name }) => isFull || ringPdfs.includes(name))];
}

/** Those PDFs that every run reads. */
const ringPdfs = [
  'pdf born digital',
  'pdf scanned, made searchable',
  'pdf turned by 90',
  'pdf encrypted, aes-256',
  'pdf with a form and a stamp',
];

async function addPdfs(
  add: (name: string, file: string, bytes: Uint8Array, pages: number, marks?: CorpusCase['marks']) => void,
): Promise<void> {
  const scan = { jpeg: await drawPicture().jpeg().toBuffer(), pixels: { width, height } };
  const picture: PdfPage = { items: [{ type: 'picture', ...scan, x: 0, y: 0, width: 595, height: 841 }] };
  const hiddenText: PdfPage = { items: [...picture.items, { type: 'text', text: 'unseen words', x: 60, y: 700, size: 20, renderMode: 3 }] };
  add('pdf born digital', 'born.pdf', makePdf({ pages: [drawPage('one'), drawPage('two')] }), 2, 'text');
  add('pdf scanned', 'scanned.pdf', makePdf({ pages: [picture, picture] }), 2);
  add('pdf scanned, made searchable', 'searchable.pdf', makePdf({ pages: [hiddenText] }), 1);
  add('pdf mixed', 'mixed.pdf', makePdf({ pages: [drawPage('one'), picture, drawPage('three')] }), 3, 'ink');
  for (const rotate of [90, 180, 270])
    add(`pdf turned by ${rotate}`, `turned-${rotate}.pdf`, makePdf({ pages: [drawPage('one', { rotate })] }), 1, 'text');
  for (const cipher of ['rc4-128', 'aes-128', 'aes-256'] as const) {
    add(`pdf encrypted, ${cipher}`, `${cipher}.pdf`, makePdf({ pages: [drawPage('one')], password: 'secret', cipher }), 1, 'text');
  }
  add('pdf with a wrong xref', 'xref.pdf', makePdf({ pages: [drawPage('one')], xrefShift: 77 }), 1, 'text');
  add(
    'pdf with a form and a stamp',
    'form.pdf',
    makePdf({ pages: [{ items: [], fields: [{ value: 'Ada', x: 100, y: 500, width: 200 }], stamp: { text: 'PAID', x: 100, y: 400 } }] }),
    1,
    'ink',
  );
  const chinese: PdfPage = { items: [{ type: 'text', text: '\u4f60\u597d\u4e16\u754c', x: 60, y: 700, size: 30, font: 'chinese' }] };
  add('pdf in Chinese without its font', 'chinese.pdf', makePdf({ pages: [chinese] }), 1, 'none');
  for (const font of ['no-unicode', 'wrong-unicode'] as const) {
    const page: PdfPage = { items: [{ type: 'text', text: words.join(' '), x: 40, y: 700, size: 14, font }] };
    add(`pdf with ${font} letters`, `${font}.pdf`, makePdf({ pages: [page] }), 1, 'ink');
  }
  add(
    'pdf behind lines of a mail gateway',
    'mailed.pdf',
    Buffer.concat([Buffer.from('X-Scanned: yes\r\n\r\n'), makePdf({ pages: [drawPage('one')] })]),
    1,
    'text',
  );
}

function makeBmp(rgb: Buffer): Buffer {
  const stride = Math.ceil((width * 3) / 4) * 4;
  const header = Buffer.alloc(54);
  header.write('BM', 0, 'latin1');
  header.writeUInt32LE(54 + stride * height, 2);
  header.writeUInt32LE(54, 10);
  header.writeUInt32LE(40, 14);
  header.writeInt32LE(width, 18);
  header.writeInt32LE(height, 22);
  header.writeUInt16LE(1, 26);
  header.writeUInt16LE(24, 28);
  const rows = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const from = ((height - 1 - y) * width + x) * 3;
      for (let channel = 0; channel < 3; channel += 1) rows[y * stride + x * 3 + channel] = rgb[from + 2 - channel] as number;
    }
  }
  return Buffer.concat([header, rows]);
}
