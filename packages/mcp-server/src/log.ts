/** How much is written: everything from this level up. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** Facts of one log line. Never document text, prompts, answers or file paths. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Writes one event as one line. */
export type Log = (level: Exclude<LogLevel, 'silent'>, event: string, fields?: LogFields) => void;

const ranks: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 };

/** A log of JSON lines: `{"time":…,"level":…,"event":…,…}`. */
export function createLog(write: (line: string) => void, level: LogLevel = 'info'): Log {
  return (lineLevel, event, fields = {}) => {
    if (ranks[lineLevel] < ranks[level]) return;
    write(`${JSON.stringify({ time: new Date().toISOString(), level: lineLevel, event, ...fields })}\n`);
  };
}

/** Where an unexpected error came from, without its message: messages of parsers quote what they read. */
export function describeOrigin(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: typeof error };
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return {
    error: error.name,
    at: frames
      .slice(0, 4)
      .map((line) => line.trim())
      .join(' | '),
  };
}
