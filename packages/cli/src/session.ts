import type { Engine } from './engine.ts';
import type { ResultOutput } from './result-output.ts';
import type { StatusLine } from './status-line.ts';
import type { World } from './world.ts';

/** What a command works with. Each command resolves to the exit code. */
export interface Session {
  readonly world: World;
  readonly engine: Engine;
  readonly output: ResultOutput;
  readonly status: StatusLine;
  /** Stops everything; its reason is a StopRequest. */
  readonly signal: AbortSignal;
}
