import type { CoreLibrary } from './core-library.ts';
import type { ResultOutput } from './terminal/result-output.ts';
import type { StatusLine } from './terminal/status-line.ts';
import type { World } from './world.ts';

/** What a command works with. Each command resolves to the exit code. */
export interface CommandContext {
  readonly world: World;
  readonly library: CoreLibrary;
  readonly output: ResultOutput;
  readonly status: StatusLine;
  /** Stops everything; its reason is a StopRequest. */
  readonly signal: AbortSignal;
}
