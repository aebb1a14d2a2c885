import { type LogLevel, logLevels } from '@h2ovl/contract';
import { UsageError } from '../usage-error.ts';

/** What standard error is to hold. */
export interface LogFlags {
  readonly level: LogLevel;
  /** One JSON object a line, as the servers write them. */
  readonly isJson: boolean;
}

/**
 * What was asked for, read before everything else: a fault in the other arguments is told in the same way. A level that does not exist is left to the parser.
 * @throws UsageError for a wrong H2OVL_LOG_LEVEL
 */
export function readLogFlags(args: readonly string[], env: Readonly<Record<string, string | undefined>>): LogFlags {
  const end = args.indexOf('--');
  const flags = end < 0 ? args : args.slice(0, end);
  const at = flags.findLastIndex((word) => word === '--log-level' || word.startsWith('--log-level='));
  const word = at < 0 ? undefined : flags[at]?.includes('=') ? flags[at]?.split('=', 2)[1] : flags[at + 1];
  const chosen = flags.includes('--quiet') ? 'warn' : logLevels.find((level) => level === word);
  return { level: chosen ?? readEnvironment(env), isJson: flags.includes('--log-json') };
}

function readEnvironment({ H2OVL_LOG_LEVEL: value = '' }: Readonly<Record<string, string | undefined>>): LogLevel {
  const level = value === '' ? 'info' : logLevels.find((known) => known === value);
  if (level !== undefined) return level;
  throw new UsageError(`H2OVL_LOG_LEVEL is ${JSON.stringify(value)}; it may be ${logLevels.join(', ')}.`);
}
