import { VisionError } from '@h2ovl/contract';
import { makePacer } from '../../tiles/make-pacer.ts';
import { makeRaster, type Raster } from '../../tiles/raster.ts';

/** What the header of a PBM, PGM, PPM or PAM says. */
export interface PnmHeader {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** 1 is grey, 2 grey with alpha, 3 RGB, 4 RGB with alpha. */
  readonly channels: 1 | 2 | 3 | 4;
  /** The value that is white. */
  readonly most: number;
  /** Numbers written out, bytes, or one bit a pixel (1 is black). */
  readonly coding: 'text' | 'bytes' | 'bits';
  readonly isInverted: boolean;
  /** Where the pixels begin. */
  readonly pixelsAt: number;
}

const maxHeaderBytes = 10_000;

/** Reads the header of the family of formats that begin with `P1` to `P7`. @throws VisionError IMAGE_UNREADABLE */
export function readPnmHeader(bytes: Uint8Array, name: string): PnmHeader {
  const kind = (bytes[1] as number) - 0x30;
  const head = Buffer.from(bytes.subarray(0, maxHeaderBytes)).toString('latin1');
  return kind === 7 ? readPamHeader(head, name) : readOldHeader(head, kind, name);
}

function readOldHeader(head: string, kind: number, name: string): PnmHeader {
  const isBitmap = kind === 1 || kind === 4;
  let at = 2;
  const numbers: number[] = [];
  while (numbers.length < (isBitmap ? 2 : 3)) {
    const gap = /^(?:[ \t\r\n\v\f]|#[^\n]*\n)*/.exec(head.slice(at))?.[0].length ?? 0;
    const digits = /^\d{1,9}/.exec(head.slice(at + gap))?.[0];
    if (digits === undefined) throw damaged(name, 'its header is cut off');
    numbers.push(Number(digits));
    at += gap + digits.length;
  }
  const [width = 0, height = 0, most = 1] = numbers;
  const isColor = kind === 3 || kind === 6;
  const coding = kind <= 3 ? 'text' : isBitmap ? 'bits' : 'bytes';
  return check(name, { width, height, channels: isColor ? 3 : 1, most, coding, isInverted: isBitmap, pixelsAt: at + 1 });
}

function readPamHeader(head: string, name: string): PnmHeader {
  const end = head.indexOf('ENDHDR\n');
  if (end < 0) throw damaged(name, 'its header is cut off');
  const read = (key: string): number => Number(new RegExp(`^${key}[ \\t]+(\\d{1,9})`, 'm').exec(head.slice(0, end))?.[1] ?? 0);
  const channels = read('DEPTH');
  if (channels < 1 || channels > 4) throw damaged(name, `it has ${channels} channels`);
  return check(name, {
    width: read('WIDTH'),
    height: read('HEIGHT'),
    channels: channels as PnmHeader['channels'],
    most: read('MAXVAL'),
    coding: 'bytes',
    isInverted: false,
    pixelsAt: end + 'ENDHDR\n'.length,
  });
}

function check(name: string, header: PnmHeader): PnmHeader {
  if (header.width < 1 || header.height < 1) throw damaged(name, `its size is ${header.width} x ${header.height}`);
  if (header.most < 1 || header.most > 65_535) throw damaged(name, `its largest value is ${header.most}`);
  return header;
}

/** Decodes the pixels; alpha is laid on white. Gives other work a turn about every 8 ms. @throws VisionError IMAGE_UNREADABLE; the signal's reason when aborted */
export async function readPnm(bytes: Uint8Array, header: PnmHeader, name: string, signal?: AbortSignal): Promise<Raster> {
  const { width, height, channels, most, isInverted } = header;
  const pacer = makePacer(signal);
  const nextRow = makeRowReader(bytes, header, name);
  const data = new Uint8Array(width * height * 3);
  const scale = 255 / most;
  for (let row = 0; row < height; row += 1) {
    const samples = nextRow();
    for (let x = 0; x < width; x += 1) {
      const at = x * channels;
      const alpha = channels % 2 === 0 ? (samples[at + channels - 1] as number) / most : 1;
      for (let channel = 0; channel < 3; channel += 1) {
        const sample = Math.min(most, samples[at + (channels < 3 ? 0 : channel)] as number);
        const value = (isInverted ? most - sample : sample) * scale;
        data[(row * width + x) * 3 + channel] = Math.round(255 + (value - 255) * alpha);
      }
    }
    if (pacer.isDue()) await pacer.pause();
  }
  return makeRaster(width, height, data);
}

/** Gives the samples of one row after the other. */
function makeRowReader(bytes: Uint8Array, header: PnmHeader, name: string): () => Uint16Array {
  const { width, height, channels, most, coding } = header;
  const samples = new Uint16Array(width * channels);
  let at = header.pixelsAt;
  if (coding === 'text') {
    const read = makeNumberReader(bytes, header, name);
    return () => samples.map(read);
  }
  const bytesPerSample = most > 255 ? 2 : 1;
  const rowBytes = coding === 'bits' ? Math.ceil(width / 8) : samples.length * bytesPerSample;
  if (at + rowBytes * height > bytes.length) throw damaged(name, 'its pixels are cut off');
  return () => {
    for (let index = 0; index < samples.length; index += 1) {
      if (coding === 'bits') samples[index] = ((bytes[at + (index >> 3)] as number) >> (7 - (index & 7))) & 1;
      else if (bytesPerSample === 1) samples[index] = bytes[at + index] as number;
      else samples[index] = (bytes[at + index * 2] as number) * 256 + (bytes[at + index * 2 + 1] as number);
    }
    at += rowBytes;
    return samples;
  };
}

/** Numbers between white space; the digits of a bitmap may stand together. */
function makeNumberReader(bytes: Uint8Array, { pixelsAt, isInverted }: PnmHeader, name: string): () => number {
  let at = pixelsAt;
  return () => {
    while (at < bytes.length && !isDigit(bytes[at] as number)) {
      if (bytes[at] === 0x23) while (at < bytes.length && bytes[at] !== 0x0a) at += 1;
      at += 1;
    }
    if (at >= bytes.length) throw damaged(name, 'its pixels are cut off');
    let value = 0;
    do {
      value = Math.min(value * 10 + (bytes[at] as number) - 0x30, 65_535);
      at += 1;
    } while (!isInverted && at < bytes.length && isDigit(bytes[at] as number));
    return value;
  };
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function damaged(name: string, why: string): VisionError {
  return new VisionError('IMAGE_UNREADABLE', `${name} begins as a PNM image, but is damaged or cut off: ${why}.`, {
    hint: 'Get the file again from where it came, or save it anew as PNG.',
  });
}
