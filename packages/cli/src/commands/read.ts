import type { ReadMode } from '@h2ovl/core';
import { Option } from 'commander';
import { answerFiles } from '../answers/answer-files.ts';
import { checkFiles } from '../answers/check-files.ts';
import type { AnswerForm } from '../answers/text-forms.ts';
import { addDocumentFlags, documentFlags, type RawDocumentFlags } from '../flags/document-flags.ts';
import { addFormFlag, answerForm } from '../flags/form-flag.ts';
import { refuseModelFlags } from '../flags/model-only-flags.ts';
import { addRunFlags, type RawRunFlags, runFlags } from '../flags/run-flags.ts';
import { UsageError } from '../usage-error.ts';
import { type CommandModule, invoke } from './command.ts';

interface RawReadFlags extends RawRunFlags, RawDocumentFlags {
  readonly format?: AnswerForm;
  readonly mode?: ReadMode;
  readonly compare?: true;
  readonly instruction?: string;
  readonly readBlank?: true;
  readonly support?: boolean;
  readonly retry?: boolean;
}

export const readCommand: CommandModule = {
  name: 'read',
  description: 'Print the text of documents: pictures, PDFs, every page of a TIFF.',
  notes: (h2ovl) => `
A folder stands for the documents in it; a pattern in quotes ("scans/**/*.pdf") for the files that match. What a file is, its first bytes say.
A page of a PDF that carries its own text is read from that where it is healthy (--mode auto); the model reads the others, and is only opened for them.
Where no model was chosen, the line reader takes the lines of the others (--mode lines: of all); --mode model lets nano read them.
Several pages are printed under a line ==> file, page 2 <==; in Markdown under a comment. With --json there is one line per page:
  { "file", "page", "pages", "format", "size", "text", "source", "reason", "verdict", "picture", "finishReason", "usage", "timings", "images", "model", "precision", "version", "warnings" }
  or { "file", "page", "pages", "error": { "code", "message", "hint" } }
"verdict" is { "kind", "reasons", "attempts" }; the kind is ok, blank, unreadable, truncated, looped, timed-out, failed or skipped. A blank page is not given to the model.
"picture" says what became of a page before the model saw it: "rotation", "inverted", "straightenedBy", "grids", "scaleX", "scaleY", "smallestLinePx", "crops".
A page that cannot be read is named, the others are still read, and the exit code is 1. Ctrl-C keeps what was read.

Examples:
  ${h2ovl} read invoice.png
  ${h2ovl} read report.pdf --pages 1-3,-1
  ${h2ovl} read scans --recursive --out texts --format markdown
  ${h2ovl} read scanned.pdf --mode model --model ./h2ovl-mississippi-800m
  ${h2ovl} read contract.pdf --compare
  curl -s https://example.org/page.png | ${h2ovl} read -`,

  define: (command, { env, run }) => {
    addFormFlag(addDocumentFlags(addRunFlags(command)))
      .argument('<file...>', 'documents, folders or patterns in quotes; - reads one document from standard input')
      .addOption(
        new Option(
          '--mode <source>',
          'where text comes from: the file itself (text), the model, the line reader (lines), or the best that is there',
        )
          .choices(['auto', 'model', 'text', 'lines'])
          .default('auto'),
      )
      .option('--instruction <text>', 'what the model is told, in place of the sentence it was trained to be asked')
      .option('--compare', 'read pages that carry their own text with the model, too, and show where the two differ')
      .option('--support', 'compare what the model reads with the lines of the page (default: on, but for nano)')
      .option('--no-support', 'leave that out: it takes about a second a page')
      .option('--no-retry', 'do not read a page again in other ways where the model goes round in circles, or sees nothing')
      .option('--read-blank', 'let the model read pages on which nothing looks like text, too')
      .action((files: readonly string[], flags: RawReadFlags) => {
        checkFiles(files);
        const { mode = 'auto', compare = false, readBlank = false, retry = true, support, instruction } = flags;
        if (compare && mode === 'model') throw new UsageError('--compare needs the text of the file itself; leave --mode model out.');
        const all = { ...runFlags(flags, env), ...documentFlags(flags), form: answerForm(flags) };
        refuseModelFlags(flags, !all.isDefaultModel);
        const own = { question: undefined, together: false, mode, compare, instruction, readBlank, retry, support };
        run(invoke('read', { files, ...own, ...all }, answerFiles));
      });
  },
};
