import {
  abortable,
  type ImageInput,
  invalidArgument,
  kindOf,
  type Message,
  nameParam,
  type PromptInput,
  VisionError,
} from '@h2ovl/contract';
import type { ResolvedMessage, ResolvedPrompt } from '@h2ovl/contract/wire/answers';
import { encodeBase64 } from './base64.ts';

/** The prompt with every picture as a `data:` or http(s) URL. Throws VisionError for pictures that cannot be read, or the signal's reason. */
export async function resolvePrompt(input: PromptInput, signal: AbortSignal): Promise<ResolvedPrompt> {
  const { prompt, images = [], system, messages }: { readonly [Name in keyof PromptInput]?: unknown } = input; // plain JavaScript may pass anything
  if (messages !== undefined) {
    const extra = (['prompt', 'images', 'system'] as const).find((name) => input[name] !== undefined);
    if (extra !== undefined)
      throw invalidArgument(`Both messages and ${extra} were given.`, extra, `Put ${extra} into messages, or leave them out.`);
    if (!Array.isArray(messages)) throw invalidArgument('messages is not a list.', 'messages', 'Wrap a single message: [message].');
    const resolved: ResolvedMessage[] = [];
    // One after the other: two large files at once would double the memory for no gain.
    for (const [index, message] of messages.entries()) resolved.push(await resolveMessage(message, `messages[${index}]`, signal));
    return { messages: resolved };
  }
  if (typeof prompt !== 'string') throw invalidArgument('The options hold neither prompt nor messages.', 'prompt', 'Give one of the two.');
  if (system !== undefined && typeof system !== 'string') throw invalidArgument('system is not text.', 'system', 'Pass a string.');
  // A path alone would be read letter by letter.
  if (!Array.isArray(images)) throw invalidArgument('images is not a list.', 'images', 'Wrap a single image: [image].');
  const urls: string[] = [];
  for (const [index, image] of images.entries()) urls.push(await toNamedUrl(image, `images[${index}]`, signal));
  return { prompt, images: urls, ...(system === undefined ? {} : { system }) };
}

async function toNamedUrl(image: ImageInput, place: string, signal: AbortSignal): Promise<string> {
  try {
    return await toImageUrl(image, signal);
  } catch (error) {
    throw nameParam(error, place);
  }
}

/** The `data:` or http(s) URL of a picture. http(s) addresses are passed on untouched: whether they are fetched is the server's decision. */
export async function toImageUrl(image: ImageInput, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  // Not instanceof: bytes from another realm are as good.
  const kind = Object.prototype.toString.call(image);
  if (kind === '[object Uint8Array]') return toDataUrl(image as Uint8Array);
  if (kind === '[object ArrayBuffer]') return toDataUrl(new Uint8Array(image as ArrayBuffer));
  if (kind === '[object Blob]' || kind === '[object File]') {
    return toDataUrl(new Uint8Array(await abortable((image as Blob).arrayBuffer(), signal)));
  }
  if (typeof image === 'object' && image !== null && 'render' in image) {
    throw new VisionError(
      'INVALID_ARGUMENT',
      `${image.name} is a page of a document that is open in this process; a server cannot be sent it.`,
      {
        hint: 'Send the document to be read, or an image file of the page.',
      },
    );
  }
  if (typeof image !== 'string' && kind !== '[object URL]') {
    throw new VisionError('INVALID_ARGUMENT', `An image is ${kindOf(image)}.`, {
      hint: 'Pass a Uint8Array, ArrayBuffer, Blob, URL, or a string with a path or URL.',
    });
  }
  const address = String(image);
  if (/^(https?|data):/i.test(address)) return address;
  if ((typeof image !== 'string' || /^[a-z][a-z\d+.-]+:\/\//i.test(address)) && !/^file:/i.test(address)) {
    const scheme = address.slice(0, address.indexOf(':') + 1).slice(0, 40); // alone: what follows may hold a password
    throw new VisionError('INVALID_ARGUMENT', `An image is an address (${scheme}), which is not supported.`, {
      hint: 'Use a data:, file:, http: or https: URL.',
    });
  }
  const { readFile } = await import('./read-file.ts'); // the only module that needs a file system
  return toDataUrl(await readFile(image as string | URL, 'image', signal));
}

async function resolveMessage(message: Message, place: string, signal: AbortSignal): Promise<ResolvedMessage> {
  if (typeof message !== 'object' || message === null) throw invalidArgument(`${place} is no message.`, place, 'Write { role, content }.');
  if (message.role !== 'user' || typeof message.content === 'string') return message as ResolvedMessage; // the server checks the rest
  if (!Array.isArray(message.content))
    throw invalidArgument(`${place}.content is neither text nor a list.`, place, 'Pass a string or a list of parts.');
  const content: Exclude<Extract<ResolvedMessage, { role: 'user' }>['content'], string>[number][] = [];
  for (const [index, part] of message.content.entries()) {
    const at = `${place}.content[${index}]`;
    if (part?.type === 'text') content.push({ type: 'text', text: part.text });
    else if (part?.type === 'image') content.push({ type: 'image', url: await toNamedUrl(part.image, at, signal) });
    else throw invalidArgument(`${at} is neither text nor an image.`, at, "Its type is 'text' or 'image'.");
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
  // A PDF may begin after stray bytes.
  return String.fromCharCode(...bytes.subarray(0, 1024)).includes('%PDF-') ? 'application/pdf' : 'application/octet-stream';
}
