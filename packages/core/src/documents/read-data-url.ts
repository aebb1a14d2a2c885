import { VisionError } from '@h2ovl/contract';
import { makePacer } from '../tiles/make-pacer.ts';
import { checkByteCount } from './image-limits.ts';

export interface ReadDataUrlOptions {
  /** Bytes the decoded image may have. */
  readonly maxBytes: number;
  readonly signal: AbortSignal | undefined;
}

/** Base64 is decoded in steps of this many characters (a multiple of 4), so that a large image does not hold the event loop. */
const stepCharacters = 1 << 20;

/** Headers hold a media type and `;base64`; a comma further away means that this is something else. */
const maxHeaderCharacters = 1_000;

/** Decodes the payload of a `data:` URL; its media type is not believed, the bytes are looked at later. @throws VisionError INVALID_ARGUMENT, IMAGE_TOO_LARGE */
export async function readDataUrl(address: string, options: ReadDataUrlOptions): Promise<Uint8Array> {
  const comma = address.slice(0, maxHeaderCharacters).indexOf(',');
  if (comma < 0) {
    throw new VisionError('INVALID_ARGUMENT', 'The data URL has no comma between its media type and its data.', {
      hint: 'It should look like data:image/png;base64,iVBORw0…',
    });
  }
  const isBase64 = /;\s*base64\s*$/i.test(address.slice(0, comma));
  const payload = address.slice(comma + 1).trimEnd();
  // Each escape takes three characters for one byte, so more than this cannot fit.
  checkByteCount('Image data URL', Math.ceil(payload.length / 3), options.maxBytes);
  if (!isBase64) return decodePercent(payload);
  return decodeBase64(payload.includes('%') ? decodePercent(payload).toString('latin1') : payload, options);
}

async function decodeBase64(payload: string, { maxBytes, signal }: ReadDataUrlOptions): Promise<Uint8Array> {
  const mostBytes = Math.ceil((payload.length * 3) / 4);
  checkByteCount('Image data URL', mostBytes - 2, maxBytes); // two of them may be padding
  const pacer = makePacer(signal);
  const bytes = new Uint8Array(mostBytes);
  let length = 0;
  let rest = '';
  for (let at = 0; at < payload.length; at += stepCharacters) {
    const isLast = at + stepCharacters >= payload.length;
    const text = rest + payload.slice(at, at + stepCharacters).replace(/\s+/g, ''); // line breaks are legal
    const whole = isLast ? text : text.slice(0, text.length - (text.length % 4));
    rest = text.slice(whole.length);
    checkAlphabet(isLast ? whole.replace(/={1,2}$/, '') : whole);
    const decoded = Buffer.from(whole, 'base64');
    bytes.set(decoded, length);
    length += decoded.length;
    if (pacer.isDue()) await pacer.pause();
  }
  return bytes.subarray(0, length);
}

/** Node's decoder skips what it does not know, which would turn a damaged URL into a damaged image. */
function checkAlphabet(text: string): void {
  const wrong = /[^A-Za-z0-9+/_-]/.exec(text);
  if (!wrong && text.length % 4 !== 1) return;
  throw new VisionError(
    'INVALID_ARGUMENT',
    wrong ? `The data URL holds ${JSON.stringify(wrong[0])}, which is not base64.` : 'The data URL ends in the middle of a base64 group.',
    { hint: 'Encode the bytes again, for example with Buffer.from(bytes).toString("base64").' },
  );
}

function decodePercent(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const code = bytes[at] === 0x25 ? /^[0-9a-f]{2}$/i.exec(text.slice(at + 1, at + 3)) : null;
    bytes[length] = code ? Number.parseInt(code[0], 16) : (bytes[at] as number);
    if (code) at += 2;
    length += 1;
  }
  return bytes.subarray(0, length);
}
