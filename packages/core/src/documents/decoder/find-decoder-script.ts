import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { VisionError } from '@h2ovl/contract';

const builtScript = 'documents/decoder-process.js';
/** Beside the chunk that holds this code, or, from source, in the package's `dist`. */
const candidates = [`./${builtScript}`, './decoder-process.js', `../${builtScript}`, `../../../dist/${builtScript}`];

let chosen: string | undefined;

/** Tests run the script as it is in the source. */
export function useDecoderScript(path: string): void {
  chosen = path;
}

/** Path of the script that decodes documents in a process of its own. @throws VisionError DECODER_UNAVAILABLE */
export function findDecoderScript(): string {
  chosen ??= candidates.map((candidate) => fileURLToPath(new URL(candidate, import.meta.url))).find(existsSync) ?? findInstalled();
  if (chosen !== undefined) return chosen;
  throw new VisionError(
    'DECODER_UNAVAILABLE',
    `The script ${builtScript} of @h2ovl/core is not beside ${import.meta.url}, nor installed.`,
    {
      hint: 'Keep @h2ovl/core out of the bundle (external), or copy its dist folder beside the bundle.',
    },
  );
}

/** A bundle has this code somewhere else; the package may still be installed. */
function findInstalled(): string | undefined {
  try {
    const path = join(dirname(createRequire(import.meta.url).resolve('@h2ovl/core/package.json')), 'dist', builtScript);
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}
