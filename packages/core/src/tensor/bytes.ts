/** The memory of a typed array as bytes, little endian on every platform Node 20 runs on with ONNX Runtime. */
export function bytesOf(array: Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | Int8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** Bytes hashed and written at once. */
const chunkBytes = 1_048_576;

/** Bytes in memory as a sequence of chunks, for a file that is written and hashed piece by piece. */
export async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let begin = 0; begin < bytes.length; begin += chunkBytes) yield bytes.subarray(begin, begin + chunkBytes);
}
