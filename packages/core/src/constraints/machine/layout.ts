import type { JsonLayout } from '../limits.ts';

/** The bytes between values, by depth, in a fixed layout. */
export interface LayoutBytes {
  /** After the opening bracket of what is not empty. */
  readonly first: (depth: number) => string;
  /** Between two members or entries, the comma included. */
  readonly next: (depth: number) => string;
  /** Before the closing bracket of what is not empty. */
  readonly last: (depth: number) => string;
  /** From a name's quote to its value. */
  readonly colon: string;
}

/** As Python's and JavaScript's own writers lay JSON out. */
export function layoutBytes({ indent, gap }: JsonLayout): LayoutBytes {
  if (indent === undefined) return { first: () => '', next: () => `,${gap}`, last: () => '', colon: `:${gap}` };
  const line = (depth: number): string => `\n${' '.repeat(indent * depth)}`;
  return { first: (depth) => line(depth + 1), next: (depth) => `,${line(depth + 1)}`, last: line, colon: `:${gap}` };
}
