import { type PresetName, presets, type SchemaEnforcement } from '@h2ovl/contract';
import { Option } from 'commander';
import { checkFiles } from '../answers/check-files.ts';
import { type ExamineFlags, extractFiles } from '../answers/extract-files.ts';
import { addDocumentFlags, documentFlags, type RawDocumentFlags } from '../flags/document-flags.ts';
import { addRunFlags, type RawRunFlags, runFlags } from '../flags/run-flags.ts';
import { readSchemaFile, schemaOfFields } from '../flags/schema-flags.ts';
import { UsageError } from '../usage-error.ts';
import { type CommandModule, invoke } from './command.ts';

interface RawExtractFlags extends RawRunFlags, RawDocumentFlags {
  readonly schema?: string;
  readonly fields?: string;
  readonly preset?: PresetName;
  readonly format?: 'json' | 'jsonl' | 'csv';
  readonly instruction?: string;
  readonly enforcement?: SchemaEnforcement;
  readonly readBlank?: true;
  readonly evidence?: true;
  readonly draw?: true;
  readonly support?: boolean;
  readonly secondReading?: boolean;
  readonly retry?: boolean;
}

export const extractCommand: CommandModule = {
  name: 'extract',
  description: 'Extract values from each page of documents as JSON that fits a schema, or as CSV.',
  notes: (h2ovl) => `
Say what to extract with one of --schema, --fields and --preset. The answer always fits: nothing else can be written.
A schema file may have checks (x-check): sums, taxes, the order of dates, IBAN, VAT id, ISBN, EAN; the presets have those that hold for them.
A schema file holds a JSON Schema, or names and types, as in { "total": "number", "items": [{ "name": "string" }] }.

Output (--format):
  json    the object of one page, or a list with one object per page (default for one file, and with --out)
  jsonl   one line per page, as it is ready: { "file", "page", "pages", "data" }, or { "file", "error" } (default for several files)
  csv     one row per page; a list of objects becomes one row per entry
The object of a blank page is null; in CSV its row is empty.
With --json each line also has format, size, verdict, picture, warnings, usage, timings, images, model, precision and version.

Examples:
  ${h2ovl} extract receipt.png --preset receipt
  ${h2ovl} extract scans/*.png --fields company,date:date,total:number --format csv
  ${h2ovl} extract invoices.pdf --preset invoice --pages 1-10 --out values
  ${h2ovl} extract invoice.png --preset invoice --evidence --draw --out checked
  ${h2ovl} extract form.png --schema form.json --max-tokens 2000`,

  define: (command, { env, run }) => {
    addDocumentFlags(addRunFlags(command))
      .argument('<file...>', 'documents, folders or patterns in quotes')
      .option('--schema <file>', 'a JSON Schema, or names and types, as a JSON file')
      .option('--fields <list>', 'names, each with a type if it is not text: total:number,date:date')
      .addOption(new Option('--preset <name>', 'a ready-made schema').choices(Object.keys(presets)))
      .addOption(new Option('--format <form>', 'how results are written').choices(['json', 'jsonl', 'csv']))
      .option('--instruction <text>', 'what to extract, where the schema does not say it')
      .addOption(
        new Option(
          '--enforcement <way>',
          'decoding: nothing else can be written; after: what that cannot hold is checked, and asked for once more',
        )
          .choices(['decoding', 'after'])
          .default('decoding'),
      )
      .option('--evidence', 'say where each value stands: boxes, the words there and the label; json then has { "data", "evidence", … }')
      .option('--draw', 'write each page with the values framed and named as a PNG, too')
      .option('--support', 'say which share of the values stands on the page (default: on, but for nano)')
      .option('--no-support', 'leave that out: it takes about a second a page')
      .option('--second-reading', 'look again at a value that fails a check or stands nowhere (default: on, but for nano)')
      .option('--no-second-reading', 'never ask the model twice')
      .option('--no-retry', 'do not ask again where the model goes round in circles')
      .option('--read-blank', 'ask the model about pages on which nothing looks like text, too')
      .action((files: readonly string[], flags: RawExtractFlags) => {
        checkFiles(files);
        const schema = chooseSchema(flags);
        if (flags.draw === true && flags.out === undefined)
          throw new UsageError('--draw needs a folder for its pictures: add --out FOLDER.');
        const form = flags.format ?? (files.length === 1 || flags.out !== undefined ? 'json' : 'jsonl');
        const { instruction, enforcement, retry = true } = flags;
        const own = { instruction, enforcement, retry, ...examineFlags(flags) };
        run(invoke('extract', { files, schema, form, ...own, ...runFlags(flags, env), ...documentFlags(flags) }, extractFiles));
      });
  },
};

function examineFlags({ evidence, draw, readBlank, support, secondReading }: RawExtractFlags): ExamineFlags {
  return { evidence: evidence === true, draw: draw === true, readBlank: readBlank === true, support, secondReading };
}

function chooseSchema({ schema, fields, preset }: RawExtractFlags): Readonly<Record<string, unknown>> {
  if ([schema, fields, preset].filter((given) => given !== undefined).length !== 1) {
    throw new UsageError('extract needs to know what to extract: give one of --schema, --fields and --preset.');
  }
  if (schema !== undefined) return readSchemaFile(schema);
  if (fields !== undefined) return schemaOfFields(fields);
  return presets[preset as PresetName]; // commander took no other name
}
