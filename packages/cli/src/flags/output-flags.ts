import { logLevels } from '@h2ovl/contract';
import { type Command as Commander, Option } from 'commander';

/** How a command tells its result. */
export interface OutputFlags {
  /** Results for programs. */
  readonly json: boolean;
  /** Neither progress nor notices. */
  readonly quiet: boolean;
}

/** The same as commander hands them over. */
export interface RawOutputFlags {
  readonly json?: true;
  readonly quiet?: true;
}

export function addOutputFlags(command: Commander): Commander {
  return command
    .option('--json', 'print JSON')
    .addOption(new Option('--quiet', 'no progress and no notices; the same as --log-level warn').conflicts('logLevel'))
    .addOption(new Option('--log-level <level>', 'lines on stderr (H2OVL_LOG_LEVEL; default: info)').choices(logLevels))
    .option('--log-json', 'lines on stderr as JSON')
    .option('--offline', 'refuse every network connection (or H2OVL_OFFLINE=1)');
}

export function outputFlags({ json, quiet }: RawOutputFlags): OutputFlags {
  return { json: json === true, quiet: quiet === true };
}
