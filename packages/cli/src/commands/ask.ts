import { existsSync } from 'node:fs';
import { answerFiles } from '../answers/answer-files.ts';
import { checkFiles } from '../answers/check-files.ts';
import { isStandardInput } from '../answers/open-inputs.ts';
import { addRunFlags, type RawRunFlags, runFlags } from '../flags/run-flags.ts';
import { isFile } from '../is-file.ts';
import { UsageError } from '../usage-error.ts';
import { type CommandModule, invoke } from './command.ts';

export const askCommand: CommandModule = {
  name: 'ask',
  description: 'Answer a question about each image, or about all of them together.',
  notes: (h2ovl) => `
Output is that of ${h2ovl} read; with --together the JSON has "files" in place of "file".

Examples:
  ${h2ovl} ask invoice.png "What is the total?"
  ${h2ovl} ask invoices/*.png "What is the date?" --json
  ${h2ovl} ask before.png after.png "What has changed?" --together`,

  define: (command, { env, h2ovl, run }) => {
    addRunFlags(command)
      .usage('[options] <file...> "question"')
      .argument('<file...>', 'images; the last argument is the question')
      .option('--together', 'put all images into one prompt and give one answer')
      .action((words: readonly string[], flags: RawRunFlags & { readonly together?: true }) => {
        const { files, question } = splitQuestion(words);
        checkFiles(files);
        checkQuestion(files, question, h2ovl);
        run(invoke('ask', { files, question, together: flags.together === true, ...runFlags(flags, env) }, answerFiles));
      });
  },
};

interface FilesAndQuestion {
  readonly files: readonly string[];
  readonly question: string;
}

/**
 * The last word is the question, as a rule. Where a question stands without quotes, it is all words behind the files: more than one, none of
 * them a file or like the name of one.
 */
function splitQuestion(words: readonly string[]): FilesAndQuestion {
  const first = words.findIndex((word) => !isNamed(word));
  const rest = first < 1 ? [] : words.slice(first);
  if (rest.length > 1 && !rest.some((word) => isNamed(word) || looksLikePath.test(word))) {
    return { files: words.slice(0, first), question: rest.join(' ') };
  }
  return { files: words.slice(0, -1), question: words.at(-1) as string }; // commander asks for one at least
}

const looksLikePath = /[\\/]|\.(png|jpe?g|webp|tiff?|gif|bmp|avif|heic|heif|pdf)$/i;

function isNamed(word: string): boolean {
  return isStandardInput(word) || /^(data|file|https?):/i.test(word) || existsSync(word);
}

function checkQuestion(files: readonly string[], question: string, h2ovl: string): void {
  if (files.length === 0) {
    throw new UsageError(`ask needs at least one file and then the question, as in: ${h2ovl} ask page.png "What is the total?"`);
  }
  if (question.trim() === '' || isFile(question)) {
    const what = question.trim() === '' ? 'empty' : `the file ${question}`;
    throw new UsageError(`The last argument of ask is the question, but it is ${what}.`);
  }
}
