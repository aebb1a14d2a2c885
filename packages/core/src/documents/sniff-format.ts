import { isLfsPointer, lfsPointerHint } from '@h2ovl/contract';

/** Formats whose pixels are decoded here. */
export type ImageFormat = 'png' | 'jpeg' | 'webp' | 'gif' | 'tiff' | 'avif' | 'bmp' | 'pnm';

/** Formats that are decoded in a process of their own. */
export type ChildFormat = 'pdf' | 'heic';

/** Formats that are recognised, so that the refusal can name them. */
export type UnreadFormat = 'avif-sequence' | 'svg' | 'jpeg-xl' | 'jpeg-2000';

type KnownFormat = ImageFormat | ChildFormat | UnreadFormat;

/** What the first bytes of a file look like. */
export type SniffedFormat =
  | { readonly kind: 'image'; readonly format: ImageFormat }
  | { readonly kind: 'child'; readonly format: ChildFormat }
  | { readonly kind: 'unread'; readonly format: UnreadFormat }
  /** Not an image; `finding` ends a sentence that begins with the file: "looks like plain text". `hint` is the next move where there is a better one than another file. */
  | { readonly kind: 'other'; readonly finding: string; readonly hint: string | undefined };

/** First bytes of each format; a dot stands for any byte. */
const signatures: readonly (readonly [string, KnownFormat])[] = [
  ['\x89PNG\r\n\x1a\n', 'png'],
  ['\xff\xd8\xff', 'jpeg'],
  ['RIFF....WEBP', 'webp'],
  ['GIF87a', 'gif'],
  ['GIF89a', 'gif'],
  ['II*\0', 'tiff'],
  ['MM\0*', 'tiff'],
  ['II+\0', 'tiff'],
  ['MM\0+', 'tiff'],
  ['%PDF-', 'pdf'],
  ['BM....\0\0\0\0', 'bmp'],
  ['\xff\x0a', 'jpeg-xl'],
  ['\0\0\0\x0cJXL \r\n\x87\n', 'jpeg-xl'],
  ['\0\0\0\x0cjP  \r\n\x87\n', 'jpeg-2000'],
];

const imageFormats: readonly string[] = ['png', 'jpeg', 'webp', 'gif', 'tiff', 'avif', 'bmp', 'pnm'] satisfies ImageFormat[];
const childFormats: readonly string[] = ['pdf', 'heic'] satisfies ChildFormat[];

/** Where the signature of a PDF may begin at the latest: mail gateways and printers put lines of their own before it. */
const latestPdfStart = 1_024;

/** Enough for every signature and for a guess at text. */
export const sniffedByteCount = 2_048;

/** Recognises a format by its first bytes; names and media types are not believed. */
export function sniffFormat(bytes: Uint8Array): SniffedFormat {
  const head = Buffer.from(bytes.subarray(0, sniffedByteCount)).toString('latin1');
  const format =
    signatures.find(([signature]) => startsWith(head, signature))?.[1] ??
    sniffBoxes(head) ??
    sniffPnm(head) ??
    sniffMarkup(head) ??
    sniffLatePdf(head);
  if (format === undefined) return { kind: 'other', finding: describeHead(head), hint: isLfsPointer(head) ? lfsPointerHint : undefined };
  if (isOneOf(format, imageFormats)) return { kind: 'image', format: format as ImageFormat };
  if (isOneOf(format, childFormats)) return { kind: 'child', format: format as ChildFormat };
  return { kind: 'unread', format: format as UnreadFormat };
}

function isOneOf(format: KnownFormat, formats: readonly string[]): boolean {
  return formats.includes(format);
}

/** `P1` to `P6` and white space or a comment, or `P7` and a line end. */
function sniffPnm(head: string): 'pnm' | undefined {
  return /^P(?:[1-6][ \t\r\n#]|7\n)/.test(head) ? 'pnm' : undefined;
}

function sniffLatePdf(head: string): 'pdf' | undefined {
  const at = head.indexOf('%PDF-');
  return at >= 0 && at < latestPdfStart ? 'pdf' : undefined;
}

function startsWith(head: string, signature: string): boolean {
  return head.length >= signature.length && [...signature].every((character, index) => character === '.' || character === head[index]);
}

/** AVIF and HEIC are both boxes of the same kind; the brands tell them apart, the first one speaking loudest. */
function sniffBoxes(head: string): KnownFormat | undefined {
  if (head.slice(4, 8) !== 'ftyp') return undefined;
  const boxSize = head.charCodeAt(2) * 256 + head.charCodeAt(3);
  const brands = [head.slice(8, 12), ...(head.slice(16, boxSize).match(/.{4}/gs) ?? [])];
  const known: Readonly<Record<string, KnownFormat>> = { avif: 'avif', avis: 'avif-sequence' };
  const heicBrands = ['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs'];
  for (const brand of brands) {
    const format = known[brand] ?? (heicBrands.includes(brand) ? 'heic' : undefined);
    if (format !== undefined) return format;
  }
  // The container without a word on the codec: in practice from phones.
  return brands.includes('mif1') || brands.includes('msf1') ? 'heic' : undefined;
}

function sniffMarkup(head: string): UnreadFormat | undefined {
  const withoutComments = head.replace(/^\xef\xbb\xbf/, '').replace(/<!--[\s\S]*?-->/g, '');
  return /^\s*<svg[\s>]/i.test(withoutComments.replace(/<[?!][^>]*>/g, '')) ? 'svg' : undefined;
}

function describeHead(head: string): string {
  if (/^\s*<(!doctype html|html|head|body)/i.test(head)) return 'looks like an HTML page';
  if (head.startsWith('PK\x03\x04')) return 'looks like a ZIP archive or an Office document';
  if (isLfsPointer(head)) return 'is a pointer of Git LFS, not the file itself';
  if (isText(head)) return /^\s*[[{]\s*["{[\]}\d]/.test(head) ? 'looks like JSON' : 'looks like plain text';
  const hex = Buffer.from(head.slice(0, 8), 'latin1').toString('hex');
  return `begins with the bytes ${hex.replace(/..(?=.)/g, '$& ')}`;
}

/** Text is UTF-8 without control characters beside tabs, line ends and form feeds. */
function isText(head: string): boolean {
  for (let index = 0; index < head.length; index += 1) {
    const code = head.charCodeAt(index);
    if (code < 9 || (code > 13 && code < 32) || code === 127) return false;
  }
  try {
    // As a stream, because the head may end inside a character.
    new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(head, 'latin1'), { stream: true });
    return true;
  } catch {
    return false;
  }
}
