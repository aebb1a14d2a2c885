/** Node's own way, several times as fast. Asked for by name at run time: bundlers put a whole imitation in place of a bare `Buffer`. */
export const nodeBuffer: typeof Buffer | undefined = (globalThis as { readonly Buffer?: typeof Buffer }).Buffer;
const chunkLength = 0x8000; // arguments of one call stay below every engine's limit

/** Bytes as base64, in Node and in browsers. */
export function encodeBase64(bytes: Uint8Array): string {
  if (nodeBuffer !== undefined) return nodeBuffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; at += chunkLength) pieces.push(String.fromCharCode(...bytes.subarray(at, at + chunkLength)));
  return btoa(pieces.join(''));
}
