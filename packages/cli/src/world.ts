import type { Readable, Writable } from 'node:stream';

/** A stream that may be a terminal. */
export type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** The outside world, as far as the command line touches it. */
export interface World {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The way in which the program was started, as somebody would type it again: "h2ovl", "npx h2ovl" or "node packages/cli/dist/main.js". */
  readonly h2ovl: string;
  readonly stdin: Readable & { readonly isTTY?: boolean; readonly setRawMode?: (isRaw: boolean) => unknown };
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** Aborted with a StopRequest when the user or the system asks the command to end. */
  readonly stopSignal: AbortSignal;
  /** What the terminal does at Ctrl-C, for the time in which keys come one by one. */
  readonly interrupt: () => void;
  /** Ends the process, whatever is still open. */
  readonly exit: (code: number) => void;
}
