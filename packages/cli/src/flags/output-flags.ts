import type { Command as Commander } from 'commander';

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
    .option('--quiet', 'no progress and no notices; warnings and errors stay')
    .option('--offline', 'refuse every network connection (or H2OVL_OFFLINE=1)');
}

export function outputFlags({ json, quiet }: RawOutputFlags): OutputFlags {
  return { json: json === true, quiet: quiet === true };
}
