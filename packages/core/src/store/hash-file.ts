import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';

/** What a file's content must hash to. Git's blob hash covers the size too; hubs give it for small files. */
export interface FileHash {
  readonly algorithm: 'sha256' | 'git-blob-sha1';
  /** Lower-case hex. */
  readonly hex: string;
}

export interface HashFileOptions {
  /** Stops; rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the length of each block that was hashed. */
  readonly onBlock?: ((byteLength: number) => void) | undefined;
}

/** Bytes hashed between two turns of the event loop: a few milliseconds of work. */
const blockBytes = 2 * 1024 * 1024;

/** Hashes a file front to back. @returns lower-case hex */
export async function hashFile(path: string, algorithm: FileHash['algorithm'], { signal, onBlock }: HashFileOptions = {}): Promise<string> {
  const hash = createHash(algorithm === 'sha256' ? 'sha256' : 'sha1');
  if (algorithm === 'git-blob-sha1') hash.update(`blob ${(await stat(path)).size}\0`);
  const handle = await open(path, 'r');
  try {
    const block = new Uint8Array(blockBytes);
    for (;;) {
      signal?.throwIfAborted();
      const { bytesRead } = await handle.read(block, 0, blockBytes, null);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(block.subarray(0, bytesRead));
      onBlock?.(bytesRead);
    }
  } finally {
    await handle.close();
  }
}
