import { answerFiles } from '../answers/answer-files.ts';
import { checkFiles } from '../answers/check-files.ts';
import { addRunFlags, type RawRunFlags, runFlags } from '../flags/run-flags.ts';
import { type CommandModule, invoke } from './command.ts';

export const readCommand: CommandModule = {
  name: 'read',
  description: 'Print the text of images.',
  notes: (h2ovl) => `
Several files are printed under a line ==> file <== each. With --json there is one line per file:
  { "file", "text", "finishReason", "usage", "timings", "images", "model", "precision", "version", "warnings" } or { "file", "error": { "code", "message", "hint" } }
A file that cannot be read is reported, the others are still read, and the exit code is 1.

Examples:
  ${h2ovl} read invoice.png
  ${h2ovl} read page-1.png page-2.png --model ./h2ovl-mississippi-800m
  curl -s https://example.org/page.png | ${h2ovl} read -`,

  define: (command, { env, run }) => {
    addRunFlags(command)
      .argument('<file...>', 'images (PNG, JPEG, WebP, TIFF …); - reads one from standard input')
      .action((files: readonly string[], flags: RawRunFlags) => {
        checkFiles(files);
        run(invoke('read', { files, question: undefined, together: false, ...runFlags(flags, env) }, answerFiles));
      });
  },
};
