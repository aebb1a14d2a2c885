import { type PresetName, presets } from '@h2ovl/contract';
import { Option } from 'commander';
import { checkFiles } from '../answers/check-files.ts';
import { extractFiles } from '../answers/extract-files.ts';
import { addRunFlags, type RawRunFlags, runFlags } from '../flags/run-flags.ts';
import { readSchemaFile, schemaOfFields } from '../flags/schema-flags.ts';
import { UsageError } from '../usage-error.ts';
import { type CommandModule, invoke } from './command.ts';

interface RawExtractFlags extends RawRunFlags {
  readonly schema?: string;
  readonly fields?: string;
  readonly preset?: PresetName;
  readonly output?: 'json' | 'jsonl' | 'csv';
}

export const extractCommand: CommandModule = {
  name: 'extract',
  description: 'Extract values from each image as JSON that fits a schema, or as CSV.',
  notes: (h2ovl) => `
Say what to extract with one of --schema, --fields and --preset. The answer always fits: nothing else can be written.
A schema file holds a JSON Schema, or names and types, as in { "total": "number", "items": [{ "name": "string" }] }.

Output (--output):
  json    the object of one file, or a list with one object per file (default for one file)
  jsonl   one line per file, as it is ready: { "file", "data" }, or { "file", "error" } (default for several)
  csv     one row per file; a list of objects becomes one row per entry
With --json each line also has warnings, usage and timings.

Examples:
  ${h2ovl} extract receipt.png --preset receipt
  ${h2ovl} extract scans/*.png --fields company,date:date,total:number --output csv
  ${h2ovl} extract form.png --schema form.json --max-tokens 2000`,

  define: (command, { env, run }) => {
    addRunFlags(command)
      .argument('<file...>', 'images')
      .option('--schema <file>', 'a JSON Schema, or names and types, as a JSON file')
      .option('--fields <list>', 'names, each with a type if it is not text: total:number,date:date')
      .addOption(new Option('--preset <name>', 'a ready-made schema').choices(Object.keys(presets)))
      .addOption(new Option('--output <form>', 'how results are written').choices(['json', 'jsonl', 'csv']))
      .action((files: readonly string[], flags: RawExtractFlags) => {
        checkFiles(files);
        const schema = chooseSchema(flags);
        const output = flags.output ?? (files.length === 1 ? 'json' : 'jsonl');
        run(invoke('extract', { files, schema, output, ...runFlags(flags, env) }, extractFiles));
      });
  },
};

function chooseSchema({ schema, fields, preset }: RawExtractFlags): Readonly<Record<string, unknown>> {
  if ([schema, fields, preset].filter((given) => given !== undefined).length !== 1) {
    throw new UsageError('extract needs to know what to extract: give one of --schema, --fields and --preset.');
  }
  if (schema !== undefined) return readSchemaFile(schema);
  if (fields !== undefined) return schemaOfFields(fields);
  return presets[preset as PresetName]; // commander took no other name
}
