import { parseArgs } from 'node:util';
import { type BenchModelName, benchModelNames } from './bench-models.ts';

/** What can be measured, in the order it is. */
export type WorkGroup =
  | 'roofs'
  | 'tile'
  | 'prefill'
  | 'decode'
  | 'batch'
  | 'load'
  | 'page'
  | 'overhead'
  | 'cancel'
  | 'schema'
  | 'drafts'
  | 'page-ways'
  | 'lines';
export const workGroups: readonly WorkGroup[] = [
  'roofs',
  'tile',
  'prefill',
  'decode',
  'batch',
  'load',
  'page',
  'overhead',
  'cancel',
  'schema',
  'drafts',
  'page-ways',
  'lines',
];

/** Forms of a model: the named precisions, and `int8` with the vision part in 8 bits too. */
export type Variant = 'exact' | 'balanced' | 'fast' | 'int8';
export const variants: readonly Variant[] = ['exact', 'balanced', 'fast', 'int8'];

export interface BenchOptions {
  /** `webgpu`: pages alone, on the GPU, through the product's own way of choosing graphs for it. */
  readonly device: 'cpu' | 'webgpu';
  readonly model: BenchModelName;
  readonly only: readonly WorkGroup[];
  /** Undefined: each work at the precisions it is judged at. */
  readonly precisions: readonly Variant[] | undefined;
  /** Samples per work and contestant. */
  readonly repeat: number;
  readonly threads: number | undefined;
  readonly quick: boolean;
  readonly peers: boolean;
  readonly json: boolean;
  readonly allowBusy: boolean;
  /** Convert and write files anew, for when the code that makes them changed. */
  readonly rebuild: boolean;
}

/** Wrong arguments; the message says which. */
export class BenchUsageError extends Error {}

export const usage: string = `Usage: bench [options]
  --model 0.8b|2b|nano   shapes to measure; weights are synthetic (default 0.8b)
  --only GROUP,...       ${workGroups.join(', ')} (default all)
  --precision NAME,...   ${variants.join(', ')} (default: those each row is judged at)
  --repeat N             samples per row (default 5; 2 with --quick)
  --device cpu|webgpu    where to compute (default cpu); webgpu measures the page, and says so where the device is software
  --threads N            threads of every contestant (default: physical cores)
  --peers                also node-llama-cpp and @huggingface/transformers, installed into the cache folder
  --allow-busy           print ratios also when other processes took more than 15 % of the cores, marked
  --quick                fewer steps and samples
  --rebuild              convert the models anew
  --json                 JSON instead of a table
`;

/** @throws BenchUsageError */
export function parseOptions(argv: readonly string[]): BenchOptions {
  const { values } = readArguments(argv);
  const quick = values.quick ?? false;
  const model = values.model ?? '0.8b';
  const device = values.device ?? 'cpu';
  if (device !== 'cpu' && device !== 'webgpu') throw new BenchUsageError(`--device is ${device}; there are cpu and webgpu.`);
  if (!isOneOf(benchModelNames, model)) throw new BenchUsageError(`--model is ${model}; there are ${benchModelNames.join(', ')}.`);
  const only = readList('only', values.only, workGroups) ?? (device === 'webgpu' ? ['page'] : workGroups);
  const precisions = readList('precision', values.precision, variants);
  if (device === 'webgpu') checkForGpu({ only, precisions, peers: values.peers ?? false });
  return {
    ...{ device, model, only, precisions },
    repeat: readCount('repeat', values.repeat) ?? (quick ? 2 : 5),
    threads: readCount('threads', values.threads),
    quick,
    peers: values.peers ?? false,
    json: values.json ?? false,
    allowBusy: values['allow-busy'] ?? false,
    rebuild: values.rebuild ?? false,
  };
}

/** On a GPU only pages are measured: roofs, peers and the other works are the CPU's. */
function checkForGpu({ only, precisions, peers }: Pick<BenchOptions, 'only' | 'precisions' | 'peers'>): void {
  if (only.some((group) => group !== 'page')) throw new BenchUsageError('--device webgpu measures the group page alone.');
  if (precisions?.includes('int8')) throw new BenchUsageError('--device webgpu has no precision int8; there are exact, balanced, fast.');
  if (peers) throw new BenchUsageError('--peers compute on the CPU, so they are no measure for --device webgpu.');
}

const flag = { type: 'boolean' } as const;
const text = { type: 'string' } as const;
const argumentOptions = {
  model: text,
  device: text,
  only: text,
  precision: text,
  repeat: text,
  threads: text,
  peers: flag,
  json: flag,
  'allow-busy': flag,
  quick: flag,
  rebuild: flag,
} as const;

function readArguments(argv: readonly string[]): ReturnType<typeof parseArgs<{ options: typeof argumentOptions }>> {
  try {
    return parseArgs({ args: [...argv], options: argumentOptions, strict: true, allowPositionals: false });
  } catch (error) {
    throw new BenchUsageError(error instanceof Error ? error.message : String(error));
  }
}

function readList<T extends string>(name: string, given: string | undefined, known: readonly T[]): readonly T[] | undefined {
  if (given === undefined) return undefined;
  const names = given.split(',');
  for (const item of names) {
    if (!isOneOf(known, item)) throw new BenchUsageError(`--${name} has ${JSON.stringify(item)}; there are ${known.join(', ')}.`);
  }
  return known.filter((item) => names.includes(item));
}

function readCount(name: string, given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const count = Number(given);
  if (!Number.isSafeInteger(count) || count < 1) throw new BenchUsageError(`--${name} is ${given}; it must be a whole number from 1.`);
  return count;
}

function isOneOf<T extends string>(known: readonly T[], value: string): value is T {
  return (known as readonly string[]).includes(value);
}
