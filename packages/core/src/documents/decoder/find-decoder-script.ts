import { fileURLToPath } from 'node:url';
import { findOwnScript } from '../../store/own-files.ts';

let chosen: string | undefined;

/** Tests run the script as it is in the source. */
export function useDecoderScript(path: string): void {
  chosen = path;
}

/** Path of the script that decodes documents in a process of its own. @throws VisionError DECODER_UNAVAILABLE */
export function findDecoderScript(): string {
  chosen ??= fileURLToPath(findOwnScript('documents/decoder-process.js', 'DECODER_UNAVAILABLE'));
  return chosen;
}
