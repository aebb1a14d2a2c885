import type { OutputSchema } from '@h2ovl/core';
import type { Engine } from '../../src/engine.ts';
import type { ModelAnswer, ModelEvent, ModelPort, ModelRequest } from '../../src/model-port.ts';

/** What the fake "reads": one of these, chosen by the first byte after the PNG head, so that answers can be told apart. */
export const fakePages: readonly string[] = ['Carter & King\nTotal EUR 90.34', 'Salem 20438\nJeans 55.81'];

export interface FakeModelOptions {
  /** Milliseconds per token. @default 1 */
  readonly tokenMs?: number;
  /** Tokens of the answer, when it is not a page. */
  readonly tokens?: number;
  /** The whole answer, instead of a page. */
  readonly text?: string;
  /** Thrown instead of an answer. */
  readonly failure?: unknown;
}

/** A model that can be watched: how many runs are in progress, what was asked, when the last run ended. */
export class FakeModel implements ModelPort {
  readonly id = 'fake';
  readonly requests: ModelRequest[] = [];
  running = 0;
  mostRunning = 0;
  disposals = 0;
  lastEnd = 0;
  readonly options: FakeModelOptions;

  constructor(options: FakeModelOptions = {}) {
    this.options = options;
  }

  async *stream(request: ModelRequest): AsyncGenerator<ModelEvent> {
    this.requests.push(request);
    this.running += 1;
    this.mostRunning = Math.max(this.mostRunning, this.running);
    try {
      yield* this.#answer(request);
    } finally {
      this.running -= 1;
      this.lastEnd = performance.now();
    }
  }

  async dispose(): Promise<void> {
    this.disposals += 1;
  }

  async *#answer(request: ModelRequest): AsyncGenerator<ModelEvent> {
    const { tokenMs = 1, failure } = this.options;
    if (failure !== undefined) throw failure;
    yield { type: 'progress', phase: 'decode-image', done: 1, total: 1 };
    for (const done of [1, 2, 3]) yield { type: 'progress', phase: 'encode-image', done, total: 3 };
    yield { type: 'progress', phase: 'prefill', done: 10, total: 10 };
    const words = this.#words(request);
    const limit = request.maxOutputTokens ?? 1024;
    const kept = words.slice(0, limit);
    for (const [index, delta] of kept.entries()) {
      await step(tokenMs, request.signal);
      yield { type: 'progress', phase: 'generate', done: index + 1, total: limit };
      yield { type: 'text-delta', delta };
    }
    const answer = makeAnswer(kept.join(''), kept.length, kept.length < words.length);
    yield {
      type: 'finish',
      result: request.schema === undefined ? answer : { ...answer, object: checkAgainst(request.schema, answer.text) },
    };
  }

  #words(request: ModelRequest): string[] {
    const text =
      this.options.text ??
      (this.options.tokens === undefined
        ? pageText(request)
        : Array.from({ length: this.options.tokens }, (_, index) => `word${index}`).join(' '));
    return text.match(/\s*\S+|\s+$/g) ?? [];
  }
}

/** An engine whose models are fakes; `models` collects them. */
export function fakeEngine(options: FakeModelOptions = {}): Engine & { readonly models: FakeModel[] } {
  const models: FakeModel[] = [];
  return {
    models,
    load: () => async () => {
      const model = new FakeModel(options);
      models.push(model);
      return model;
    },
    makeOutputSchema: fakeOutputSchema,
  };
}

/** The schema as it is: the fake only looks at `required`. */
export function fakeOutputSchema(schema: Readonly<Record<string, unknown>>): OutputSchema {
  return schema as unknown as OutputSchema;
}

/** A small PNG-like file for page `page`; the fake looks at its last byte only. */
export function fakeImage(page: number): Uint8Array {
  return Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, page]);
}

export function makeAnswer(text: string, outputTokens: number, isCut = false): ModelAnswer {
  return {
    text,
    object: undefined,
    finishReason: isCut ? 'length' : 'stop',
    usage: { inputTokens: 300, imageTokens: 256, outputTokens, cachedTokens: 0 },
    timings: { queueMs: 0, imageMs: 1, visionMs: 2, prefillMs: 3, decodeMs: 4 },
    warnings: [],
  };
}

/** An error as core throws it: known by its brand, not by its class. */
export function visionError(code: string, message: string, fields: Record<string, unknown> = {}): Error {
  const error = Object.assign(new Error(message), { code, ...fields });
  Object.defineProperty(error, Symbol.for('h2ovl.VisionError'), { value: true });
  return error;
}

function pageText(request: ModelRequest): string {
  const images = request.messages.flatMap((message) =>
    message.role === 'user' && typeof message.content !== 'string'
      ? message.content.flatMap((part) => (part.type === 'image' ? [part.image] : []))
      : [],
  );
  return images.map((image) => fakePages[image[8] ?? 0] ?? 'unknown page').join('\n') || 'No image.';
}

function checkAgainst(schema: unknown, text: string): unknown {
  const required = (schema as { required?: readonly string[] }).required ?? [];
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw invalid(text, [{ path: [], message: 'is not JSON' }]);
  }
  const missing = required.filter((key) => !(key in value));
  if (missing.length > 0)
    throw invalid(
      text,
      missing.map((key) => ({ path: [key], message: 'is missing' })),
    );
  return value;
}

function invalid(text: string, issues: readonly unknown[]): Error {
  return visionError('OUTPUT_INVALID', 'The answer does not fit the schema after one retry.', { text, issues, finishReason: 'stop' });
}

function step(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const give = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', give);
      resolve();
    }, ms);
    signal?.addEventListener('abort', give, { once: true });
  });
}
