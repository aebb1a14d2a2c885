import type { DecoderSequence } from '../../src/generation/decoder-port.ts';

/** A sequence that answers with a script, and remembers what was asked of it. */
export interface FakeDecoder extends DecoderSequence {
  /** 'prefill', then 'step 7' for each token read. */
  readonly calls: readonly string[];
  readonly isDisposed: boolean;
}

export interface FakeDecoderOptions {
  /** The tokens whose logit is the best, one per position: the whole answer, those that are forced included. Afterwards token 0 is. */
  readonly script: readonly number[];
  /** @default 16 */
  readonly vocabularySize?: number;
  /** Chunks the prompt is read in; each is reported. @default 1 */
  readonly prefillChunks?: number;
  /** Called before each answer; may wait, throw or abort. */
  readonly onCall?: (call: string, signal: AbortSignal) => Promise<void> | void;
}

/** Logits are 0 except for the scripted token: 10. */
export function fakeDecoder({ script, vocabularySize = 16, prefillChunks = 1, onCall }: FakeDecoderOptions): FakeDecoder {
  const calls: string[] = [];
  const state = { isDisposed: false, read: 0 };
  /** Reads so many tokens; the logits after each of the last `count`. */
  const answer = async (call: string, signal: AbortSignal, read = 1, count = 1): Promise<Float32Array> => {
    calls.push(call);
    await onCall?.(call, signal);
    state.read += read;
    const logits = new Float32Array(vocabularySize * count);
    for (let row = 0; row < count; row += 1) logits[row * vocabularySize + (script[state.read - count + row] ?? 0)] = 10;
    return logits;
  };
  return {
    calls,
    get isDisposed() {
      return state.isDisposed;
    },
    get length() {
      return state.read;
    },
    async prefill(signal, onProgress) {
      for (let done = 1; done < prefillChunks; done += 1) {
        await new Promise((resolve) => setImmediate(resolve));
        signal.throwIfAborted();
        onProgress(done, prefillChunks);
      }
      const logits = await answer('prefill', signal);
      onProgress(prefillChunks, prefillChunks);
      return logits;
    },
    step: (token, signal) => answer(`step ${token}`, signal),
    extend: (tokens, wanted, signal) => answer(`extend ${tokens.join(' ')}`, signal, tokens.length, wanted === 'each' ? tokens.length : 1),
    truncate: (length) => {
      state.read = length;
    },
    async dispose() {
      state.isDisposed = true;
    },
  };
}

/** A promise that waits for the signal and then rejects, as a step does that is cancelled while it runs. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => reject(new Error('the runtime was told to stop'));
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
}
