import type { ArrayForm, Form, Goal, NumberForm, StringForm } from '../schema/goal.ts';
import type { ObjectShape } from './object-shape.ts';

/**
 * Where a text stands: the frame on top says what may come next, `below` what goes on after it, down to `end`. Frames are never changed, so
 * earlier states stay good and may be shared.
 */
export type Frame = EndFrame | ValueFrame | TextFrame | NumberFrame | StringFrame | ArrayFrame | ObjectFrame | KeyFrame | ColonFrame;

/** The document is complete. */
export interface EndFrame {
  readonly kind: 'end';
}

/** A value must come. */
export interface ValueFrame {
  readonly kind: 'value';
  readonly goal: Goal;
  /** Levels of brackets it may have. */
  readonly levels: number;
  /** Levels of brackets around it. */
  readonly depth: number;
  readonly below: Frame;
}

/** Fixed bytes must come, from a position on. */
export interface TextFrame {
  readonly kind: 'text';
  readonly bytes: Uint8Array;
  readonly position: number;
  readonly below: Frame;
}

export interface NumberFrame {
  readonly kind: 'number';
  readonly form: NumberForm;
  readonly state: number;
  readonly below: Frame;
}

/** Inside a string's quotes. */
export interface StringFrame {
  readonly kind: 'string';
  readonly form: StringForm;
  /** Of the form's automaton; 0 without one. */
  readonly state: number;
  readonly encoding: number;
  /** Characters that must come, at least. */
  readonly need: number;
  /** Characters that may come, at most. */
  readonly room: number;
  readonly below: Frame;
}

export interface ArrayFrame {
  readonly kind: 'array';
  /** `open`: after the bracket. `after`: after an entry. `comma`: after a comma. */
  readonly phase: 'open' | 'after' | 'comma';
  readonly form: ArrayForm;
  readonly count: number;
  /** Bit i: the i-th of `form.distinct` was used. */
  readonly used: bigint;
  readonly levels: number;
  readonly depth: number;
  readonly below: Frame;
}

export interface ObjectFrame {
  readonly kind: 'object';
  readonly phase: 'open' | 'after' | 'comma';
  readonly shape: ObjectShape;
  /** Declared order: members before this one are done with. */
  readonly next: number;
  /** Any order: bit i says that the i-th member was written. */
  readonly seen: bigint;
  /** Members written, of all kinds. */
  readonly count: number;
  /** Names written that are not declared. */
  readonly free: readonly string[];
  readonly depth: number;
  readonly below: Frame;
}

/** Inside a member's name. */
export interface KeyFrame {
  readonly kind: 'key';
  readonly object: ObjectFrame;
  /** Place among the declared names, or -1. */
  readonly node: number;
  /** State among the names that are not declared, or -1. */
  readonly state: number;
  readonly encoding: number;
  readonly room: number;
  /** What was read; kept only where undeclared names are possible. */
  readonly text: string;
}

/** After a name, in any layout: the colon must come. */
export interface ColonFrame {
  readonly kind: 'colon';
  readonly value: ValueFrame;
}

export const end: EndFrame = { kind: 'end' };

/** What a value of a form begins with, for the frames of `value` and of arrays without repetition. */
export interface FormStart {
  readonly form: Form;
  readonly levels: number;
  readonly depth: number;
  readonly below: Frame;
}
