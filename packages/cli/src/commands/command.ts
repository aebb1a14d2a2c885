import type { Command as Commander } from 'commander';
import type { CommandContext } from '../command-context.ts';

/** One command of the program: its name, its help page, its flags, and what it does. Adding it to the list in `index.ts` is all it takes. */
export interface CommandModule {
  readonly name: string;
  /** One sentence for the list of commands and the top of the help page. */
  readonly description: string;
  /** What the help page says after the list of options, with examples. `h2ovl` is the way in which the program was started. */
  readonly notes: (h2ovl: string) => string;
  /** Adds arguments and flags. Their action checks them (throwing a UsageError) and calls `run` with what they ask for. */
  readonly define: (command: Commander, surroundings: Surroundings) => void;
}

/** What a command may look at while arguments are read, and where it puts the result. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The way in which the program was started, for messages that name a command. */
  readonly h2ovl: string;
  readonly run: (invocation: Invocation) => void;
}

/** A command with its arguments, ready to run. */
export interface Invocation {
  readonly name: string;
  /** The arguments as values: flags that were not given have their meaning already. */
  readonly request: object;
  /** Does it; resolves to the exit code. */
  readonly start: (context: CommandContext) => Promise<number>;
}

/** Ties a request to the function that serves it. */
export function invoke<T extends object>(
  name: string,
  request: T,
  serve: (request: T, context: CommandContext) => Promise<number>,
): Invocation {
  return { name, request, start: (context) => serve(request, context) };
}
