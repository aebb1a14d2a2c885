import { VisionError } from '@h2ovl/contract';
import { StopRequest } from '../stop-request.ts';
import type { OutputStream } from '../world.ts';
import { showControls } from './terminal-text.ts';

/** Standard output: results and nothing else. */
export class ResultOutput {
  /** Whether a person is watching: text is shown as it is made, and control characters are not passed on. */
  readonly isTerminal: boolean;
  readonly #stream: OutputStream;

  constructor(stream: OutputStream) {
    this.#stream = stream;
    this.isTerminal = stream.isTTY === true;
    stream.on('error', () => {}); // each write reports its own
  }

  /**
   * Resolves when the text was taken, so that a slow reader slows us down.
   * @throws StopRequest with exit code 0 when the reader has gone (`| head`); VisionError STORAGE_UNAVAILABLE when the disk behind it is full
   */
  async write(text: string): Promise<void> {
    if (text === '') return;
    const shown = this.isTerminal ? showControls(text) : text;
    await new Promise<void>((resolve, reject) => {
      this.#stream.write(shown, (error) => (error ? reject(translate(error)) : resolve()));
    });
  }
}

function translate(error: NodeJS.ErrnoException): Error {
  if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') return new StopRequest('Nobody reads the output any more.', 0);
  return new VisionError('STORAGE_UNAVAILABLE', `The result could not be written to standard output: ${error.message}.`, {
    hint: 'Free some space or write to another place.',
    cause: error,
  });
}
