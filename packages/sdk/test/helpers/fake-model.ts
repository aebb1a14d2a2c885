import { type GenerateOptions, type GenerateResult, type GenerationEvent, GenerationStream, type VisionModel } from '../../src/index.ts';

/** A model in this process that says what it was told to, and remembers what it was asked. */
export interface FakeModel extends Pick<VisionModel, 'id' | 'generate' | 'stream'> {
  readonly asked: GenerateOptions<unknown>[];
  /** How often running work was stopped before its end. */
  readonly stopped: () => number;
}

/** What the fake says. */
export interface FakePlan {
  readonly deltas?: readonly string[];
  readonly result?: Partial<GenerateResult>;
  /** Milliseconds before each delta. */
  readonly delayMs?: number;
  /** Thrown after the deltas instead of finishing. */
  readonly failure?: unknown;
}

/** Makes a fake. With a schema the text is parsed, not checked. */
export function makeFakeModel({ deltas = ['Hello'], result = {}, delayMs = 0, failure }: FakePlan = {}): FakeModel {
  const asked: GenerateOptions<unknown>[] = [];
  let stopped = 0;
  const stream = <T = undefined>(options: GenerateOptions<T>): GenerationStream<T> => {
    asked.push(options as GenerateOptions<unknown>);
    return new GenerationStream<T>(async function* (signal): AsyncGenerator<GenerationEvent<T>, void> {
      let isDone = false;
      try {
        for (const delta of deltas) {
          await new Promise((resolve) => setTimeout(resolve, delayMs));
          signal.throwIfAborted();
          yield { type: 'text-delta', delta };
        }
        if (failure !== undefined) throw failure;
        isDone = true;
        const text = deltas.join('');
        const object = (options.schema === undefined ? undefined : JSON.parse(text)) as T;
        yield { type: 'finish', result: { ...defaults, text, ...result, object } };
      } finally {
        if (!isDone) stopped += 1;
      }
    }, options.signal);
  };
  return {
    id: 'fake',
    asked,
    stopped: () => stopped,
    stream,
    generate: <T = undefined>(options: GenerateOptions<T>) => stream(options).result,
  };
}

const defaults = {
  finishReason: 'stop',
  usage: { inputTokens: 300, imageTokens: 256, outputTokens: 7, cachedTokens: 20 },
  timings: { queueMs: 0, imageMs: 0, visionMs: 0, prefillMs: 0, decodeMs: 0 },
  warnings: [],
} as const;
