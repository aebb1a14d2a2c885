import { existsSync } from 'node:fs';
import { answerFiles } from '../answers/answer-files.ts';
import { checkFiles } from '../answers/check-files.ts';
import type { AnswerForm } from '../answers/text-forms.ts';
import { addDocumentFlags, documentFlags, type RawDocumentFlags } from '../flags/document-flags.ts';
import { addFormFlag, answerForm } from '../flags/form-flag.ts';
import { addRunFlags, type RawRunFlags, runFlags } from '../flags/run-flags.ts';
import { isStandardInput } from '../inputs/find-inputs.ts';
import { isFile } from '../is-file.ts';
import { UsageError } from '../usage-error.ts';
import { type CommandModule, invoke } from './command.ts';

interface RawAskFlags extends RawRunFlags, RawDocumentFlags {
  readonly format?: AnswerForm;
  readonly together?: true;
}

export const askCommand: CommandModule = {
  name: 'ask',
  description: 'Answer a question about each page of documents, or about all of them together.',
  notes: (h2ovl) => `
The model reads each page and answers about it alone; --pages says which. Output is that of ${h2ovl} read; with --together there is one
answer about all pages of all documents, and the JSON has "files" in place of "file".

Examples:
  ${h2ovl} ask invoice.png "What is the total?"
  ${h2ovl} ask invoices/*.png "What is the date?" --json
  ${h2ovl} ask contract.pdf "Who signs?" --pages -1
  ${h2ovl} ask before.png after.png "What has changed?" --together`,

  define: (command, { env, h2ovl, run }) => {
    addFormFlag(addDocumentFlags(addRunFlags(command)))
      .usage('[options] <file...> "question"')
      .argument('<file...>', 'documents, folders or patterns in quotes; the last argument is the question')
      .option('--together', 'put all pages into one prompt and give one answer')
      .action((words: readonly string[], flags: RawAskFlags) => {
        const { files, question } = splitQuestion(words);
        checkFiles(files);
        checkQuestion(files, question, h2ovl);
        const { together = false, out } = flags;
        if (together && out !== undefined)
          throw new UsageError('--together gives one answer and --out one file a document; leave one out.');
        const all = { ...runFlags(flags, env), ...documentFlags(flags), form: answerForm(flags) };
        run(
          invoke(
            'ask',
            {
              files,
              question,
              together,
              mode: 'model' as const,
              instruction: undefined,
              compare: false,
              readBlank: false,
              retry: false,
              support: undefined,
              ...all,
            },
            answerFiles,
          ),
        );
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
