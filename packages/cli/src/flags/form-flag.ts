import { type Command as Commander, Option } from 'commander';
import type { AnswerForm } from '../answers/text-forms.ts';
import { UsageError } from '../usage-error.ts';

/** How texts are written. */
export function addFormFlag(command: Commander): Commander {
  return command.addOption(
    new Option('--format <form>', 'text, markdown with a mark before each page, or json: what --json is short for').choices([
      'text',
      'markdown',
      'json',
    ]),
  );
}

/** @throws UsageError where two flags name two forms */
export function answerForm({ format, json }: { readonly format?: AnswerForm; readonly json?: true }): AnswerForm {
  if (json !== true) return format ?? 'text';
  if (format === undefined || format === 'json') return 'json';
  throw new UsageError(`--json and --format ${format} name two forms; leave one out.`);
}
