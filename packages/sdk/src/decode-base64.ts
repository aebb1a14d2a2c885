import { nodeBuffer } from './base64.ts';

/**
 * The bytes of base64 text, in lines or not, also of its form for addresses (`-` and `_`). Throws for text that is none: Node would leave out what it does not
 * know, and a damaged file would become another one.
 */
export function decodeBase64(text: string): Uint8Array {
  if (!/^[\w+/\s-]*={0,2}\s*$/.test(text)) throw new TypeError('This is not base64.');
  if (nodeBuffer !== undefined) return new Uint8Array(nodeBuffer.from(text, 'base64'));
  const letters = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = new Uint8Array(letters.length);
  for (let at = 0; at < letters.length; at += 1) bytes[at] = letters.charCodeAt(at);
  return bytes;
}
