import { Readable, Writable } from 'node:stream';
import type { GenerateOptions, GenerateResult, GenerationEvent, ImageInput, ModelInfo, VisionModel } from '@h2ovl/contract';
import { GenerationStream, VisionError } from '@h2ovl/contract';
import type { LoadOptions } from '@h2ovl/core';
import type { CoreLibrary } from '../../src/core-library.ts';
import { runCli } from '../../src/run-cli.ts';
import type { World } from '../../src/world.ts';

export interface FakeWorldOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** How the program was started; `h2ovl` by default. */
  readonly h2ovl?: string;
  readonly stdin?: readonly Uint8Array[];
  /** Streams that are terminals. */
  readonly terminals?: readonly ('stdin' | 'stdout' | 'stderr')[];
  readonly stopSignal?: AbortSignal;
  /** Called when Ctrl-C is pressed where keys come one by one. */
  readonly interrupt?: () => void;
  /** Error of every write to standard output. */
  readonly stdoutError?: NodeJS.ErrnoException;
}

/** What a run of the command line left behind. */
export interface FakeRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line in a world of strings. */
export async function runFake(args: readonly string[], library: Partial<CoreLibrary>, options: FakeWorldOptions = {}): Promise<FakeRun> {
  const { env = {}, h2ovl = 'h2ovl', stdin = [], terminals = [], stopSignal = new AbortController().signal, stdoutError } = options;
  const { interrupt = () => {} } = options;
  const isRaw: boolean[] = [];
  const [stdout, stderr] = [capture(terminals.includes('stdout'), stdoutError), capture(terminals.includes('stderr'))];
  const world: World = {
    args,
    env,
    h2ovl,
    stdin: Object.assign(Readable.from(stdin), { isTTY: terminals.includes('stdin'), setRawMode: (is: boolean) => isRaw.push(is) }),
    stdout: stdout.stream,
    stderr: stderr.stream,
    stopSignal,
    interrupt,
    exit: () => {},
  };
  const exitCode = await runCli(world, library as CoreLibrary); // a test gives what its command calls
  if (isRaw.at(-1) === true) throw new Error('The terminal was left as it was not found.');
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
}

function capture(isTTY: boolean, error?: Error): { stream: World['stdout']; text: () => string } {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (error === undefined) text += chunk.toString();
      done(error);
    },
  });
  return { stream: Object.assign(stream, { isTTY, columns: 100 }), text: () => text };
}

/** What the fake model says to one prompt. */
export type FakeAnswer = string | Error | Partial<GenerateResult> | ((signal: AbortSignal) => AsyncGenerator<GenerationEvent, void>);

export interface FakeModel {
  readonly library: Pick<CoreLibrary, 'loadModel'>;
  /** In the order of the calls. */
  readonly loads: { readonly source: string; readonly options: LoadOptions }[];
  readonly prompts: GenerateOptions[];
  readonly disposals: string[];
}

/** A model whose answers are looked up by the name of the prompt's first page, or by its file; it takes them apart into words. */
export function createFakeModel(answers: Readonly<Record<string, FakeAnswer>>): FakeModel {
  const fake: Omit<FakeModel, 'library'> = { loads: [], prompts: [], disposals: [] };
  const model: Pick<VisionModel, 'id' | 'info' | 'stream' | 'dispose'> = {
    id: 'fake',
    info: async () => ({ weights: { name: 'balanced' } }) as ModelInfo,
    stream: ((options: GenerateOptions) => {
      fake.prompts.push(options);
      const answer =
        answers[nameOf(options.images?.[0])] ?? new VisionError('IMAGE_UNREADABLE', 'The file holds text.', { hint: 'Pass an image.' });
      return new GenerationStream((signal) => (typeof answer === 'function' ? answer(signal) : play(answer)), options.signal);
    }) as VisionModel['stream'],
    dispose: async () => {
      fake.disposals.push('fake');
    },
  };
  const loadModel: CoreLibrary['loadModel'] = async (source, options) => {
    fake.loads.push({ source, options });
    return model as VisionModel;
  };
  return { ...fake, library: { loadModel } };
}

function nameOf(image: ImageInput | undefined): string {
  return typeof image === 'object' && 'render' in image ? image.name : String(image);
}

async function* play(answer: Exclude<FakeAnswer, (signal: AbortSignal) => unknown>): AsyncGenerator<GenerationEvent, void> {
  if (answer instanceof Error) throw answer;
  const result = makeResult(typeof answer === 'string' ? { text: answer } : answer);
  yield { type: 'progress', phase: 'encode-image', done: 0, total: 2 };
  yield { type: 'progress', phase: 'prefill', done: 1, total: 1 };
  const words = result.text.match(/\s*\S+|\s+$/g) ?? [];
  for (const [index, word] of words.entries()) {
    yield { type: 'text-delta', delta: word };
    yield { type: 'progress', phase: 'generate', done: index + 1, total: 100 };
  }
  yield { type: 'finish', result };
}

export function makeResult(values: Partial<GenerateResult>): GenerateResult {
  return {
    text: '',
    object: undefined,
    finishReason: 'stop',
    usage: { inputTokens: 70, imageTokens: 64, outputTokens: 2, cachedTokens: 0 },
    timings: { queueMs: 0, imageMs: 1, visionMs: 2, prefillMs: 3, decodeMs: 4 },
    warnings: [],
    ...values,
  };
}
