import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { GraphForm } from '@h2ovl/core/internal/model-files/manifest';
import { tinyConfig } from '../testing/mini-checkpoint.ts';
import { resultMark, type StageName } from './run-stage.ts';
import { fullSize, type TrialModel, type TrialSize, type TrialVariant, tinySize } from './sizes.ts';
import type { StageInput } from './stages/stage.ts';

const usage = `Usage: gpu-trial [options]
  Measures the product on the GPU of this machine: self-test, PyTorch's numbers, pages, prompts, steps, drafts, of both models at full size with
  synthetic weights that are made first. Each stage is a process of its own with a time limit; what is there at the end is kept.
  --out DIR        where summary.json and trial.log go (default: the present folder)
  --work DIR       where checkpoints and converted files go (default: OUT/work)
  --references DIR folder of the reference files (default: that of this repository)
  --nano DIR       folder of the nano package (default: that of this repository)
  --budget S       seconds for everything (default 540)
  --only A,B       stages: device, rows, kernels, reference, models, nano (default: all but nano)
  --measure A,B    which models and variants, such as "0.8b fast,2b balanced" (default: all)
  --tiny           a miniature instead of the models: a rehearsal for software devices
`;

const packages = fileURLToPath(new URL('../..', import.meta.url));
const options = {
  out: { type: 'string', default: '.' },
  work: { type: 'string' },
  references: { type: 'string', default: join(packages, 'core', 'test', 'golden', 'reference') },
  nano: { type: 'string', default: join(packages, 'nano') },
  budget: { type: 'string', default: '540' },
  only: { type: 'string', default: 'device,rows,kernels,reference,models' },
  measure: { type: 'string' },
  tiny: { type: 'boolean', default: false },
} as const;

/** Runs the trial; 0 when every stage came to its end. */
export async function main(argv: readonly string[]): Promise<number> {
  let values: ReturnType<typeof parseArgs<{ options: typeof options }>>['values'];
  try {
    values = parseArgs({ args: [...argv], options, strict: true }).values;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    return 2;
  }
  const out = resolve(values.out);
  mkdirSync(out, { recursive: true });
  const places = { work: resolve(values.work ?? join(out, 'work')), references: resolve(values.references), nano: resolve(values.nano) };
  const all = values.tiny
    ? tinySize(tinyConfig(JSON.parse(readFileSync(join(places.references, 'mini-800m.json'), 'utf8')).config))
    : fullSize();
  const wanted = values.measure?.split(',');
  const size = wanted === undefined ? all : { ...all, models: only(all.models, wanted) };
  const trial = new Trial(out, Number(values.budget), { places, size });
  const stages = values.only.split(',');
  trial.note('machine', describeMachine());
  const checkpoints = new Map<string, Promise<boolean>>();
  if (stages.includes('models'))
    for (const model of size.models) checkpoints.set(model.name, trial.run('checkpoint', { model, limitS: 200 }));
  await trial.run('device', { limitS: 90 });
  const form = trial.resultOf('device', 'form') as GraphForm | undefined;
  if (form === undefined) {
    trial.finish();
    return 1;
  }
  const conversions = new Map<string, Promise<boolean>>();
  for (const model of stages.includes('models') ? size.models : []) {
    for (const variant of model.variants) {
      const made = (checkpoints.get(model.name) as Promise<boolean>).then(
        (isMade) => isMade && trial.run('convert', { model, variant, form, limitS: 300 }),
      );
      conversions.set(`${model.name} ${variant}`, made);
    }
  }
  if (stages.includes('rows')) await trial.run('rows', { limitS: 60 });
  if (stages.includes('kernels')) await trial.run('kernels', { limitS: 60 });
  if (stages.includes('reference')) await trial.run('reference', { limitS: values.tiny ? 400 : 120 });
  if (stages.includes('nano')) await trial.run('nano', { limitS: 200 });
  for (const { model, variant } of measured(stages.includes('models') ? size : undefined)) {
    if (!(await conversions.get(`${model.name} ${variant}`))) continue;
    await trial.run('page', { model, variant, form, limitS: values.tiny ? 300 : 120 });
    await trial.run('steps', { model, variant, form, limitS: values.tiny ? 300 : 90 });
  }
  return trial.finish();
}

/** The models of which some variant is wanted, with those variants. */
function only(models: readonly TrialModel[], wanted: readonly string[]): readonly TrialModel[] {
  return models
    .map((model) => ({ ...model, variants: model.variants.filter((variant) => wanted.includes(`${model.name} ${variant}`)) }))
    .filter(({ variants }) => variants.length > 0);
}

/** The first variant of each model, then the others: what matters most comes first. */
function measured(size: TrialSize | undefined): readonly { readonly model: TrialModel; readonly variant: TrialVariant }[] {
  const all = (size?.models ?? []).flatMap((model) => model.variants.map((variant, rank) => ({ model, variant, rank })));
  return all.sort((a, b) => a.rank - b.rank);
}

interface RunOptions extends Partial<StageInput> {
  readonly limitS: number;
}

/** Runs stages, prints what they tell and keeps it. */
class Trial {
  readonly #out: string;
  readonly #budgetMs: number;
  readonly #input: Pick<StageInput, 'places' | 'size'>;
  readonly #started = performance.now();
  readonly #summary: Record<string, Record<string, unknown>> = {};
  #failures = 0;

  constructor(out: string, budgetS: number, input: Pick<StageInput, 'places' | 'size'>) {
    this.#out = out;
    this.#budgetMs = budgetS * 1000;
    this.#input = input;
    writeFileSync(join(out, 'trial.log'), '');
  }

  note(stage: string, results: Record<string, unknown>): void {
    this.#summary[stage] = { ...this.#summary[stage], ...results };
    for (const [key, value] of Object.entries(results)) this.#log(`${stage}: ${key} ${JSON.stringify(value)}`);
    writeFileSync(join(this.#out, 'summary.json'), JSON.stringify(this.#summary, null, 1));
  }

  resultOf(stage: string, key: string): unknown {
    return this.#summary[stage]?.[key];
  }

  /** Whether the stage came to its end. */
  run(name: StageName, { limitS, ...input }: RunOptions): Promise<boolean> {
    const title = [name, input.model?.name, input.variant].filter((part) => part !== undefined).join(' ');
    const leftMs = this.#budgetMs - (performance.now() - this.#started);
    if (leftMs < 3000) {
      this.note(title, { skipped: 'no time left' });
      this.#failures += 1;
      return Promise.resolve(false);
    }
    this.#log(`${title}: starts`);
    const started = performance.now();
    return new Promise((done) => {
      const child = spawn(process.execPath, [process.argv[1] as string, 'gpu-stage', name], {
        env: { ...process.env, GPU_STAGE: JSON.stringify({ ...this.#input, ...input }) },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const timer = setTimeout(() => child.kill('SIGKILL'), Math.min(limitS * 1000, leftMs));
      const lines = new Lines((line) => this.#readLine(title, line));
      child.stdout.on('data', (data: Buffer) => lines.push(data));
      const errors = new Lines((line) => this.#log(`${title} stderr: ${line.slice(0, 300)}`));
      child.stderr.on('data', (data: Buffer) => errors.push(data));
      child.on('close', (code, signal) => {
        clearTimeout(timer);
        const seconds = Math.round((performance.now() - started) / 100) / 10;
        if (code !== 0) this.#failures += 1;
        this.note(title, { seconds, ...(code === 0 ? {} : { ended: signal ?? `code ${code}` }) });
        done(code === 0);
      });
    });
  }

  finish(): number {
    this.note('trial', { seconds: Math.round((performance.now() - this.#started) / 1000), stagesThatFailed: this.#failures });
    return this.#failures === 0 ? 0 : 1;
  }

  #readLine(title: string, line: string): void {
    if (!line.startsWith(resultMark)) {
      this.#log(`${title}: ${line.slice(0, 300)}`);
      return;
    }
    const { key, value } = JSON.parse(line.slice(resultMark.length)) as { readonly key: string; readonly value: unknown };
    this.note(title, { [key]: value });
  }

  #log(text: string): void {
    const line = `[${((performance.now() - this.#started) / 1000).toFixed(1)} s] ${text}`;
    appendFileSync(join(this.#out, 'trial.log'), `${line}\n`);
    process.stdout.write(`${line.slice(0, 600)}\n`);
  }
}

/** Cuts a stream into lines. */
class Lines {
  #rest = '';
  readonly #onLine: (line: string) => void;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(data: Buffer): void {
    const lines = `${this.#rest}${data.toString()}`.split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') this.#onLine(line);
  }
}

function describeMachine(): Record<string, unknown> {
  const ask = (file: string, ...args: string[]): string => {
    try {
      return execFileSync(file, args, { timeout: 8000, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    } catch (error) {
      return `not told (${error instanceof Error ? error.message.slice(0, 80) : 'failed'})`;
    }
  };
  return {
    gpu: ask('nvidia-smi', '--query-gpu=name,driver_version,memory.total', '--format=csv,noheader'),
    system: ask('uname', '-rm'),
    cores: ask('nproc'),
    driverFile: process.env.VK_DRIVER_FILES ?? 'the loader decides',
    node: process.version,
  };
}
