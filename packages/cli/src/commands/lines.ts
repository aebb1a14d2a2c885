import { Option } from 'commander';
import { checkFiles } from '../answers/check-files.ts';
import { addOpenFlags, documentFlags, type RawDocumentFlags } from '../flags/document-flags.ts';
import { addOutputFlags, outputFlags, type RawOutputFlags } from '../flags/output-flags.ts';
import { addUrlFlags, type RawUrlFlags, urlFlags } from '../flags/url-flags.ts';
import { linesOfFiles } from '../lines/lines-of-files.ts';
import { UsageError } from '../usage-error.ts';
import { type CommandModule, invoke } from './command.ts';

interface RawLinesFlags extends RawOutputFlags, RawDocumentFlags, RawUrlFlags {
  readonly format?: 'text' | 'hocr' | 'pdf';
  readonly draw?: true;
}

export const linesCommand: CommandModule = {
  name: 'lines',
  description: 'Find and read the lines of text on pages, without a language model: text, boxes, and which way up a page is.',
  notes: (h2ovl) => `
Three small networks (17 MB, installed with the program) find and read print in Latin letters; they cannot make sentences up. Languages of Europe with
their accents, euro and pound signs are read; other scripts are not, handwriting hardly. With --json there is one line per file:
  { "file", "pages": [{ "page", "width", "height", "rotation", "rotationMargin", "hasText", "unreadable", "warnings", "lines": [{ "text", "confidence", "box", "height", "words" }] }] }
  or { "file", "error": { "code", "message", "hint" } }; a page that cannot be read is { "page", "error" }
Boxes are four corners in pixels of the page as it was given, from where the writing begins, clockwise; rotation is the degrees clockwise that set
the page upright. --format pdf makes a PDF that can be searched: of a PDF a copy with its own pages, of anything else one with the pictures,
upright and as large as their files say; it needs --out, and so does --draw.

Examples:
  ${h2ovl} lines receipt.jpg
  ${h2ovl} lines scans/*.png --json > lines.jsonl
  ${h2ovl} lines scan.tif --format pdf --out searchable
  ${h2ovl} lines page.png --draw --out checked`,

  define: (command, { run }) => {
    addOpenFlags(addUrlFlags(addOutputFlags(command)))
      .argument('<file...>', 'documents, folders or patterns in quotes; - reads one document from standard input')
      .addOption(new Option('--format <form>', 'how lines are written').choices(['text', 'hocr', 'pdf']).default('text'))
      .option('--draw', 'write each page with its boxes as a PNG, too')
      .action((files: readonly string[], { format = 'text', draw: isDrawn, ...flags }: RawLinesFlags) => {
        checkFiles(files);
        const draw = isDrawn === true;
        if (flags.json && format !== 'text') throw new UsageError(`--json and --format ${format} are two forms; choose one.`);
        if (format === 'pdf' && flags.out === undefined)
          throw new UsageError('--format pdf needs a folder for its files: add --out FOLDER.');
        if (draw && flags.out === undefined) throw new UsageError('--draw needs a folder for its pictures: add --out FOLDER.');
        const form = flags.json ? 'json' : format;
        run(invoke('lines', { files, form, draw, ...outputFlags(flags), ...documentFlags(flags), ...urlFlags(flags) }, linesOfFiles));
      });
  },
};
