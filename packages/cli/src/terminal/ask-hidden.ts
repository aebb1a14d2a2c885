import { StringDecoder } from 'node:string_decoder';
import { onAbort } from '@h2ovl/contract';
import type { World } from '../world.ts';
import type { StatusLine } from './status-line.ts';

/** Longest answer that is kept; PDF uses 127 bytes of a password at most. */
const maxCharacters = 1_000;

const escapeKey = '\u001b';

/** What arrows and function keys send. */
const sequences = new RegExp(`${escapeKey}(?:\\[[\\d;]*[A-Za-z~]|O[A-Z])`, 'g');

const keys = { enter: ['\r', '\n'], erase: ['\u007f', '\b'], clear: '\u0015', interrupt: '\u0003', end: '\u0004' } as const;

/** Whether a person sits in front of this program, who sees a question and can answer it. */
export function isPersonThere({ stdin, stderr }: Pick<World, 'stdin' | 'stderr'>): boolean {
  return stdin.isTTY === true && stderr.isTTY === true && stdin.setRawMode !== undefined && !stdin.readableEnded;
}

/**
 * Asks for one line that is not shown while it is typed. Undefined when nothing was typed. Ctrl-C stops the program, as it does everywhere else.
 * @throws the signal's reason
 */
export async function askHidden(
  question: string,
  { stdin, interrupt }: Pick<World, 'stdin' | 'interrupt'>,
  status: StatusLine,
  signal: AbortSignal,
): Promise<string | undefined> {
  signal.throwIfAborted();
  let typed: readonly string[] = [];
  const decoder = new StringDecoder('utf8');
  let onData = (_: Buffer): void => {};
  let onEnd = (): void => {};
  let stopListening = (): void => {};
  status.ask(question);
  stdin.setRawMode?.(true); // keys come one by one, and none is shown
  try {
    await new Promise<void>((resolve, reject) => {
      const take = (pressed: readonly string[]): void => {
        for (const [index, key] of pressed.entries()) {
          const isEnd = key === keys.end && typed.length === 0;
          if (isEnd || keys.enter.some((one) => one === key)) {
            stdin.pause();
            const rest = pressed.slice(index + 1).join(''); // typed ahead, for the next question
            if (rest !== '') stdin.unshift(Buffer.from(rest));
            resolve();
            return;
          }
          if (key === keys.interrupt) interrupt();
          else if (keys.erase.some((one) => one === key)) typed = typed.slice(0, -1);
          else if (key === keys.clear) typed = [];
          else if (key >= ' ' && typed.length < maxCharacters) typed = [...typed, key];
        }
      };
      onData = (data) => take([...decoder.write(data).replace(sequences, '')]);
      onEnd = resolve;
      stopListening = onAbort(signal, () => reject(signal.reason));
      stdin.on('data', onData);
      stdin.on('end', onEnd);
      stdin.resume();
    });
  } finally {
    stopListening();
    stdin.off('data', onData);
    stdin.off('end', onEnd);
    stdin.pause(); // it keeps the program alive no longer
    stdin.setRawMode?.(false);
    status.answered();
  }
  return typed.length === 0 ? undefined : typed.join('');
}
