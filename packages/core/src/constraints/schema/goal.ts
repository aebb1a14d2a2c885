import type { Dfa } from '../regex/dfa.ts';
import type { OpenNames } from './open-names.ts';
import type { SchemaNode } from './schema-document.ts';

/** No finite value fits. */
export const impossible: number = Number.POSITIVE_INFINITY;

/** A value that all of some schemas allow, as the forms it can take. Goals may contain themselves. */
export interface Goal {
  readonly id: number;
  readonly nodes: readonly SchemaNode[];
  /** Filled when the goal is expanded. A value fits when it fits one of them. */
  forms: readonly Form[];
  /** Levels of brackets that the flattest value has; `impossible` when there is none. Known after all goals are expanded. */
  height: number;
}

export type Form = LiteralForm | NumberForm | StringForm | ArrayForm | ObjectForm;

/** A value with one spelling: null, true, false, or a number out of an enum. */
export interface LiteralForm {
  readonly type: 'literal';
  readonly text: string;
}

export interface NumberForm {
  readonly type: 'number';
  readonly dfa: Dfa;
  /** The value, where only one is meant. */
  readonly only?: number;
}

export interface StringForm {
  readonly type: 'string';
  /** Undefined: any text of min to max characters. Otherwise min is part of it. */
  readonly dfa: Dfa | undefined;
  readonly min: number;
  readonly max: number;
  /** Whether max is ours and not the schema's. */
  readonly isDefaultBound: boolean;
  /** The texts, where they come from an enum. */
  readonly literals?: readonly string[];
}

export interface ArrayForm {
  readonly type: 'array';
  readonly prefix: readonly Goal[];
  readonly rest: Goal;
  readonly min: number;
  readonly max: number;
  readonly isDefaultBound: boolean;
  /** The entries to choose from without repeating one; undefined where entries may be equal. */
  readonly distinct: readonly Form[] | undefined;
}

export interface Member {
  readonly name: string;
  readonly goal: Goal;
  readonly isRequired: boolean;
}

export interface ObjectForm {
  readonly type: 'object';
  /** In the order in which they are declared. */
  readonly members: readonly Member[];
  /** Names beyond those; undefined where there are none. */
  readonly open: OpenNames | undefined;
  readonly min: number;
  readonly max: number;
}
