import { VisionError } from '@h2ovl/contract';
import { deniedAddonsHint, deniedHint } from '../store/denied-access.ts';

/** The decoder library's entry function with its settings. */
export type SharpModule = typeof import('sharp')['default'];

let loading: Promise<SharpModule> | undefined;

/** Loads the image decoders when the first image comes, so that text-only work needs none. @throws VisionError RUNTIME_UNAVAILABLE */
export function loadSharp(): Promise<SharpModule> {
  loading ??= importSharp();
  return loading;
}

async function importSharp(): Promise<SharpModule> {
  try {
    const { default: sharp } = await import('sharp');
    // Its cache keeps decoded pixels of earlier images in memory and helps only repeated work on the same file, which we never do.
    // Decoding runs on libuv's threads (UV_THREADPOOL_SIZE, 4 unless set): never on the event loop's.
    sharp.cache(false);
    return sharp;
  } catch (cause) {
    loading = undefined;
    throw new VisionError('RUNTIME_UNAVAILABLE', 'The image decoders (package sharp) cannot be loaded on this system.', {
      hint:
        deniedHint(cause) ??
        deniedAddonsHint() ??
        'Install again with optional dependencies on (npm install --include=optional), on the system that will run it.',
      cause,
    });
  }
}
