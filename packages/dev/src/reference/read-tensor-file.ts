import { open } from 'node:fs/promises';
import { readHeader, type SourceDType } from '@h2ovl/core/internal/convert/safetensors/read-header';

/** All tensors of one safetensors file, by name, as float32. For small files: everything is held in memory. */
export async function readTensorFile(
  path: string,
  toFloat32: (dtype: SourceDType, bytes: Uint8Array<ArrayBuffer>) => Float32Array,
): Promise<ReadonlyMap<string, Float32Array>> {
  const handle = await open(path, 'r');
  try {
    const tensors = new Map<string, Float32Array>();
    for (const entry of await readHeader(handle, path)) {
      const bytes = new Uint8Array(entry.byteLength);
      await handle.read(bytes, 0, bytes.length, entry.offset);
      tensors.set(entry.name, toFloat32(entry.dtype, bytes));
    }
    return tensors;
  } finally {
    await handle.close();
  }
}
