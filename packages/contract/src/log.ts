/** How much is written: everything from this level up. `silent` leaves nothing, not even errors. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** All levels, from the most talkative one to silence. */
export const logLevels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent'];

/** Facts of one log line. Never document text, prompts or answers. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Writes one event as one line. */
export type Log = (level: Exclude<LogLevel, 'silent'>, event: string, fields?: LogFields) => void;

/** Whether an event of a level is written where `least` was chosen. */
export function isLogged(level: Exclude<LogLevel, 'silent'>, least: LogLevel): boolean {
  return logLevels.indexOf(level) >= logLevels.indexOf(least);
}

/** A log of JSON lines: `{"time":…,"level":…,"event":…,…}`. */
export function createLog(write: (line: string) => void, least: LogLevel = 'info'): Log {
  return (level, event, fields = {}) => {
    if (isLogged(level, least)) write(`${JSON.stringify({ time: new Date().toISOString(), level, event, ...fields })}\n`);
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
