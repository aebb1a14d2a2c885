import type { DfaTables } from '../regex/dfa.ts';

/** A compiled schema in parts that a thread can send one after the other: goals and automata are named by their place in the whole. */
export interface PackedPart {
  readonly automata: readonly DfaTables[];
  /** Automata are in the same part as the first goal that uses them, or in one before. */
  readonly goals: readonly PackedGoal[];
  /** What it costs to read, in units of about a microsecond. */
  readonly units: number;
}

/** What is known before the parts come. */
export interface PackedHead {
  /** How many goals there are; the root is the first. */
  readonly goals: number;
  readonly isWhole: boolean;
}

export interface PackedGoal {
  /** As `Goal.height`. */
  readonly height: number;
  readonly forms: readonly PackedForm[];
}

export type PackedForm =
  | { readonly type: 'literal'; readonly text: string }
  | { readonly type: 'number'; readonly dfa: number; readonly only: number | undefined }
  | {
      readonly type: 'string';
      readonly dfa: number | undefined;
      readonly min: number;
      readonly max: number;
      readonly isDefaultBound: boolean;
    }
  | {
      readonly type: 'array';
      readonly prefix: readonly number[];
      readonly rest: number;
      readonly min: number;
      readonly max: number;
      readonly isDefaultBound: boolean;
      readonly distinct: readonly PackedForm[] | undefined;
    }
  | {
      readonly type: 'object';
      readonly names: readonly string[];
      /** Each member's goal, and 1 where it is required. */
      readonly goals: Int32Array;
      readonly required: Uint8Array;
      readonly open: PackedOpenNames | undefined;
      readonly min: number;
      readonly max: number;
    };

export interface PackedOpenNames {
  readonly maxLength: number;
  readonly maxCount: number;
  /** The goal of a name that ends in each state, or -1. */
  readonly goals: Int32Array;
  /** Transitions of state s: offsets[s] to offsets[s + 1]; three numbers each. */
  readonly offsets: Int32Array;
  readonly transitions: Int32Array;
}
