import type { ImageInput, Message, PromptInput } from './messages.ts';

/**
 * The same options with everything copied that the caller could change while the call is in work: lists, messages and bytes. What is not of the right
 * shape stays as it is, for the check that names it.
 */
export function ownInput<I extends PromptInput>(input: I): I {
  if (typeof input !== 'object' || input === null) return input;
  const { images, messages }: { readonly images?: unknown; readonly messages?: unknown } = input;
  return {
    ...input,
    ...(Array.isArray(images) && { images: images.map(ownImage) }),
    ...(Array.isArray(messages) && { messages: messages.map(ownMessage) }),
  };
}

function ownMessage(message: Message): Message {
  if (message === null || typeof message !== 'object' || !Array.isArray(message.content)) return message;
  const content = message.content.map((part: unknown) => {
    if (part === null || typeof part !== 'object') return part;
    return 'image' in part ? { ...part, image: ownImage(part.image as ImageInput) } : { ...part };
  });
  return { ...message, content } as Message;
}

/** Bytes are copied; a Blob, a path and a URL's text cannot change. */
function ownImage(image: ImageInput): ImageInput {
  // Not instanceof: bytes from another realm are as good.
  const kind = Object.prototype.toString.call(image);
  if (kind === '[object Uint8Array]') return Uint8Array.from(image as Uint8Array); // a Buffer's own slice would be a view
  if (kind === '[object ArrayBuffer]') return (image as ArrayBuffer).slice(0);
  return kind === '[object URL]' ? new URL((image as URL).href) : image;
}
