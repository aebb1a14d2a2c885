import { stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { QualityPage, QualityProgress, SelfTestCheck, SelfTestReport } from '@h2ovl/core';
import { defaultPrecision, type PrecisionName } from '@h2ovl/core/convert';
import { readQuestion } from '../answers/answer-request.ts';
import type { CommandContext } from '../command-context.ts';
import { addPrecisionFlag } from '../flags/model-flags.ts';
import { addOutputFlags, type OutputFlags, outputFlags, type RawOutputFlags } from '../flags/output-flags.ts';
import { given } from '../given.ts';
import { createLoadReporter } from '../terminal/progress-labels.ts';
import type { StatusLine } from '../terminal/status-line.ts';
import { UsageError } from '../usage-error.ts';
import { type CommandModule, invoke } from './command.ts';

interface SelftestRequest extends OutputFlags {
  readonly model: string;
  readonly precision: Exclude<PrecisionName, 'exact'> | undefined;
}

export const selftestCommand: CommandModule = {
  name: 'selftest',
  description:
    'Compare a model on this machine with what is known of it: tokenizer, tiles, norms inside the network, the precision in use, JSON and speed.',
  notes: (h2ovl) => `
Other people ran the published models with other programs and printed a few numbers from inside the network. This runs the model at float32, which is converted
once and takes about twice the space of the original files, and compares. It then compares the chosen precision with float32 on a drawn page that comes along,
the layout of JSON that the model finds most probable with the one it is used with, and its speed with what the machine's memory allows.
What it prints holds no content of documents and can be shared. Exit code: 0 when nothing failed, else 1. What was never published is skipped, and says so.
The float32 form stays in the cache: ${h2ovl} models lists it, ${h2ovl} models rm removes it.

Examples:
  ${h2ovl} selftest 0.8b
  ${h2ovl} selftest 2b --json > selftest.json`,

  define: (command, { run }) => {
    addOutputFlags(addPrecisionFlag(command))
      .argument('<model>', 'alias, repository or folder of the original checkpoint')
      .action((model: string, { precision, ...flags }: RawOutputFlags & { readonly precision?: PrecisionName }) => {
        if (precision === 'exact') throw new UsageError('The precision is compared with exact: choose balanced or fast.');
        run(invoke('selftest', { model, precision, ...outputFlags(flags) }, selftest));
      });
  },
};

async function selftest({ model, precision, json }: SelftestRequest, context: CommandContext): Promise<number> {
  const { library, output, signal, status } = context;
  const page = await findPage();
  const options = { ...given({ precision, page }), signal, onProgress: createReporter(status) };
  const report = await library.selfTest(model, options);
  status.clear();
  await output.write(json ? `${JSON.stringify(report)}\n` : describe(report, precision ?? defaultPrecision));
  return report.checks.some(({ outcome }) => outcome === 'failed') ? 1 : 0;
}

/** The first page that comes with nano; none where that package is left out. */
async function findPage(): Promise<QualityPage | undefined> {
  try {
    const file = join(dirname(createRequire(import.meta.url).resolve('@h2ovl/nano/package.json')), 'samples', '00-read.png');
    return (await stat(file)).isFile() ? { file, question: readQuestion, answer: undefined } : undefined;
  } catch {
    return undefined;
  }
}

function createReporter(status: StatusLine): (progress: QualityProgress) => void {
  const reportLoad = createLoadReporter(status);
  return (progress) => {
    if (progress.type === 'page')
      status.show({ label: `${progress.precision}: reading`, fraction: progress.done / Math.max(1, progress.total) });
    else reportLoad(progress);
  };
}

const marks: Readonly<Record<SelfTestCheck['outcome'], string>> = {
  passed: 'passed  ',
  failed: 'FAILED  ',
  skipped: 'skipped ',
  measured: 'measured',
};

function describe({ model, checks }: SelfTestReport, precision: string): string {
  const width = Math.max(...checks.map(({ topic }) => topic.length));
  const lines = checks.map(({ outcome, topic, message }) => `${marks[outcome]}  ${topic.padEnd(width)}  ${message}`);
  const count = (wanted: SelfTestCheck['outcome']): number => checks.filter(({ outcome }) => outcome === wanted).length;
  return `${model}, ${precision}\n${lines.join('\n')}\n\nPassed: ${count('passed')}, failed: ${count('failed')}, skipped: ${count('skipped')}.\n`;
}
