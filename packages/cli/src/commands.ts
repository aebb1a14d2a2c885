import type { Precision, PrecisionName } from '@h2ovl/core/convert';

/** What every command that writes may be told. */
export interface OutputFlags {
  /** Results for programs. */
  readonly json: boolean;
  /** Neither progress nor notices. */
  readonly quiet: boolean;
}

/** Which model to run, and how. */
export interface ModelFlags {
  /** Alias or folder. */
  readonly model: string;
  /** Whether neither a flag nor H2OVL_MODEL named it. */
  readonly isDefaultModel: boolean;
  readonly precision: PrecisionName | undefined;
  readonly threads: number | undefined;
}

/** Limits of one answer. */
export interface AnswerFlags {
  readonly maxTiles: number | undefined;
  readonly maxTokens: number | undefined;
}

/** `read` and `ask`: they differ in the question. */
export interface ReadCommand extends OutputFlags, ModelFlags, AnswerFlags {
  readonly type: 'read';
  readonly files: readonly string[];
  /** Undefined: the text of the page. */
  readonly question: string | undefined;
  /** All images in one prompt. */
  readonly together: boolean;
}

export interface ConvertCommand extends OutputFlags {
  readonly type: 'convert';
  readonly checkpoint: string;
  /** Undefined: the cache. */
  readonly output: string | undefined;
  readonly precision: PrecisionName | undefined;
  readonly int8Limit: 64 | 127 | undefined;
}

export interface ListModelsCommand extends OutputFlags {
  readonly type: 'list-models';
}

export interface RemoveModelsCommand extends OutputFlags {
  readonly type: 'remove-models';
  /** Names of cache folders; empty with `all`. */
  readonly names: readonly string[];
  readonly all: boolean;
}

export interface InfoCommand extends OutputFlags, ModelFlags {
  readonly type: 'info';
  /** Hash every file. */
  readonly verify: boolean;
}

export interface EvalCommand extends OutputFlags, ModelFlags, AnswerFlags {
  readonly type: 'eval';
  readonly folder: string;
  /** Samples to run at most; undefined: all. */
  readonly limit: number | undefined;
}

export interface QualityCommand extends OutputFlags, ModelFlags, AnswerFlags {
  readonly type: 'quality';
  /** Undefined: the model's own samples, or random ids. */
  readonly folder: string | undefined;
  /** What is compared with exact. */
  readonly compare: readonly Precision[];
  /** Pages at most; undefined: all. */
  readonly limit: number | undefined;
}

export type Command = ReadCommand | ConvertCommand | ListModelsCommand | RemoveModelsCommand | InfoCommand | EvalCommand | QualityCommand;
