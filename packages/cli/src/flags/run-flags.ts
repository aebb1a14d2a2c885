import type { Command as Commander } from 'commander';
import { type AnswerFlags, addAnswerFlags, answerFlags, type RawAnswerFlags } from './answer-flags.ts';
import { addModelFlags, type ModelFlags, modelFlags, type RawModelFlags } from './model-flags.ts';
import { addOutputFlags, type OutputFlags, outputFlags, type RawOutputFlags } from './output-flags.ts';
import { addUrlFlags, type RawUrlFlags, type UrlFlags, urlFlags } from './url-flags.ts';

/** What every command that lets a model answer may be told. */
export interface RunFlags extends OutputFlags, ModelFlags, AnswerFlags, UrlFlags {}

/** The same as commander hands them over. */
export interface RawRunFlags extends RawOutputFlags, RawModelFlags, RawAnswerFlags, RawUrlFlags {}

export function addRunFlags(command: Commander): Commander {
  return addOutputFlags(addUrlFlags(addAnswerFlags(addModelFlags(command))));
}

export function runFlags(flags: RawRunFlags, env: Readonly<Record<string, string | undefined>>): RunFlags {
  return { ...outputFlags(flags), ...modelFlags(flags, env), ...answerFlags(flags), ...urlFlags(flags) };
}
