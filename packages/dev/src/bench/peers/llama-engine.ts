import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { EngineHandlers, LanguageQuestions } from '../engines/engine-protocol.ts';
import { randomTokens } from '../engines/random-tokens.ts';

export interface LlamaParams {
  /** Folder of the installed package. */
  readonly packageFolder: string;
  readonly file: string;
  readonly threads: number;
  readonly vocabularySize: number;
  readonly flashAttention: boolean;
}

/** The parts of node-llama-cpp that are used here. */
interface LlamaModule {
  getLlama(options: Readonly<Record<string, unknown>>): Promise<{
    loadModel(options: Readonly<Record<string, unknown>>): Promise<LlamaModel>;
  }>;
}
interface LlamaModel {
  createContext(options: Readonly<Record<string, unknown>>): Promise<LlamaContext>;
}
interface LlamaContext {
  getSequence(): LlamaSequence;
  dispose(): Promise<void>;
}
interface LlamaSequence {
  evaluate(tokens: readonly number[], options: Readonly<Record<string, unknown>>): AsyncGenerator<number, void>;
}

/** node-llama-cpp on the CPU, with greedy choice. */
export async function start({ packageFolder, file, threads, vocabularySize, flashAttention }: LlamaParams): Promise<EngineHandlers> {
  const module = (await import(pathToFileURL(join(packageFolder, 'dist', 'index.js')).href)) as LlamaModule;
  const llama = await module.getLlama({
    gpu: false,
    build: 'never',
    skipDownload: true,
    progressLogs: false,
    logLevel: 'error',
    maxThreads: threads,
  });
  const model = await llama.loadModel({ modelPath: file, gpuLayers: 0 });
  const openContext = (contextSize: number, sequences: number): Promise<LlamaContext> =>
    model.createContext({ contextSize, sequences, threads: { ideal: threads, min: threads }, flashAttention });
  const begin = async (sequence: LlamaSequence, tokens: number): Promise<AsyncGenerator<number, void>> => {
    const answer = sequence.evaluate([...randomTokens(tokens, vocabularySize)], { temperature: 0, yieldEogToken: true });
    await takeToken(answer);
    return answer;
  };

  const prefill = async ({ tokens }: LanguageQuestions['prefill']): Promise<number> => {
    const context = await openContext(tokens + 1, 1);
    try {
      const sequence = context.getSequence();
      const started = performance.now();
      const answer = await begin(sequence, tokens);
      const elapsedMs = performance.now() - started;
      await answer.return();
      return elapsedMs;
    } finally {
      await context.dispose();
    }
  };

  let context: LlamaContext | undefined;
  let answers: AsyncGenerator<number, void>[] = [];
  const close = async (): Promise<void> => {
    for (const answer of answers) await answer.return();
    answers = [];
    await context?.dispose();
    context = undefined;
  };
  const open = async ({ past, rows, room }: LanguageQuestions['open']): Promise<void> => {
    const opened = await openContext(past + room + 1, rows);
    context = opened;
    const sequences = Array.from({ length: rows }, () => opened.getSequence());
    for (const sequence of sequences) answers.push(await begin(sequence, past));
  };
  const steps = async ({ count }: LanguageQuestions['steps']): Promise<number[]> => {
    const times: number[] = [];
    for (let step = 0; step < count; step += 1) {
      const started = performance.now();
      await Promise.all(answers.map(takeToken)); // the context puts them into one batch
      times.push(performance.now() - started);
    }
    return times;
  };
  return { prefill, open, steps, close };
}

async function takeToken(answer: AsyncGenerator<number, void>): Promise<void> {
  if ((await answer.next()).done) throw new Error('The answer ended; it was told not to.');
}
