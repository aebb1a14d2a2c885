import { type ImageInput, type Message, type PromptInput, VisionError } from '@h2ovl/contract';
import type { ResolvedMessage, ResolvedPrompt } from '@h2ovl/contract/wire';
import { encodeBase64 } from './base64.ts';

/** The prompt with every picture as a `data:` or http(s) URL. Throws VisionError for pictures that cannot be read, or the signal's reason. */
export async function resolvePrompt(input: PromptInput, signal: AbortSignal): Promise<ResolvedPrompt> {
  if (input.messages !== undefined) {
    const messages: ResolvedMessage[] = [];
    // One after the other: two large files at once would double the memory for no gain.
    for (const message of input.messages) messages.push(await resolveMessage(message, signal));
    return { messages };
  }
  if (typeof input.prompt !== 'string') {
    throw new VisionError('INVALID_ARGUMENT', 'The options hold neither prompt nor messages.', {
      param: 'prompt',
      hint: 'Give one of the two.',
    });
  }
  const images: string[] = [];
  for (const image of input.images ?? []) images.push(await toImageUrl(image, signal));
  return { prompt: input.prompt, images, ...(input.system === undefined ? {} : { system: input.system }) };
}

/** The `data:` or http(s) URL of a picture. http(s) addresses are passed on untouched: the server fetches them, if it was told that it may. */
export async function toImageUrl(image: ImageInput, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  if (image instanceof Uint8Array) return toDataUrl(image);
  if (image instanceof ArrayBuffer) return toDataUrl(new Uint8Array(image));
  if (image instanceof Blob) return toDataUrl(new Uint8Array(await image.arrayBuffer()));
  if (typeof image !== 'string' && !(image instanceof URL)) {
    throw new VisionError('INVALID_ARGUMENT', `An image is ${describeValue(image)}; it must be bytes, a Blob, a URL or a path.`, {
      param: 'images',
      hint: 'Pass a Uint8Array, ArrayBuffer, Blob, URL, or a string with a path or URL.',
    });
  }
  const address = String(image);
  if (/^(https?|data):/i.test(address)) return address;
  if (image instanceof URL && image.protocol !== 'file:') {
    throw new VisionError('INVALID_ARGUMENT', `An image has the address ${address}; ${image.protocol} is not supported.`, {
      param: 'images',
      hint: 'Use a data:, file:, http: or https: URL.',
    });
  }
  const { readImageFile } = await import('./read-image-file.ts'); // the only module that needs a file system
  return toDataUrl(await readImageFile(image, signal));
}

async function resolveMessage(message: Message, signal: AbortSignal): Promise<ResolvedMessage> {
  if (message.role !== 'user') return message;
  if (typeof message.content === 'string') return { role: 'user', content: message.content };
  const content: Exclude<Extract<ResolvedMessage, { role: 'user' }>['content'], string>[number][] = [];
  for (const part of message.content) {
    content.push(part.type === 'text' ? { type: 'text', text: part.text } : { type: 'image', url: await toImageUrl(part.image, signal) });
  }
  return { role: 'user', content };
}

function toDataUrl(bytes: Uint8Array): string {
  return `data:${detectMediaType(bytes)};base64,${encodeBase64(bytes)}`;
}

/** Only a label: the server looks at the bytes itself and says what it cannot read. */
function detectMediaType(bytes: Uint8Array): string {
  const head = String.fromCharCode(...bytes.subarray(0, 12));
  if (head.startsWith('\x89PNG')) return 'image/png';
  if (head.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (head.startsWith('GIF8')) return 'image/gif';
  if (head.startsWith('RIFF') && head.endsWith('WEBP')) return 'image/webp';
  if (head.startsWith('II*\0') || head.startsWith('MM\0*')) return 'image/tiff';
  if (head.slice(4, 8) === 'ftyp') return head.slice(8).startsWith('avi') ? 'image/avif' : 'image/heic';
  if (head.startsWith('%PDF')) return 'application/pdf';
  return 'application/octet-stream';
}

function describeValue(value: unknown): string {
  return value === null ? 'null' : `of type ${typeof value}`;
}
