import { linkSignal, TimeoutError } from '@h2ovl/contract';

/** Runs a generator with a signal that fires when `seconds` are over or the outer signal does. Without a limit the signal is passed on. */
export async function* limitTime<T>(
  seconds: number | undefined,
  signal: AbortSignal,
  run: (signal: AbortSignal) => AsyncIterable<T>,
): AsyncGenerator<T, void> {
  if (seconds === undefined) {
    yield* run(signal);
    return;
  }
  const link = linkSignal(signal);
  const error = new TimeoutError(`The answer took longer than ${seconds} s.`, {
    hint: 'Raise --timeout, or lower --tiles or --max-tokens.',
  });
  const timer = setTimeout(() => link.abort(error), seconds * 1000);
  try {
    yield* run(link.signal);
  } finally {
    clearTimeout(timer);
    link.release();
  }
}
