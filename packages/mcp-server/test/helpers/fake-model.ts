import {
  abortable,
  type GenerateOptions,
  type GenerateResult,
  type GenerationEvent,
  GenerationStream,
  type ImageFacts,
  jsonSchema,
  type ModelInfo,
  OutputInvalidError,
  type OutputIssue,
  type OutputSchema,
  type Page,
  type TokenCount,
  VisionError,
  type VisionModel,
} from '@h2ovl/contract';
import type { Engine } from '../../src/engine.ts';

/** What the fake "reads": one of these, chosen by the width of the picture, so that answers can be told apart. */
export const fakePages: readonly string[] = ['Carter & King\nTotal EUR 90.34', 'Salem 20438\nJeans 55.81'];

export const fakeInfo: ModelInfo = {
  architecture: 'fake',
  parameters: 1,
  weights: { name: 'exact', vision: 'f32', language: 'f32', head: 'f32' },
  contextLength: 4096,
  maxTiles: 6,
  tokensPerTile: 256,
  runtime: { name: 'onnxruntime', version: '0', device: 'cpu', adapter: 'ffi', threads: 1 },
  directory: '/srv/models/fake',
  reasons: [],
};

export interface FakeModelOptions {
  /** Milliseconds per token. @default 1 */
  readonly tokenMs?: number;
  /** Tokens of the answer, when it is not a page. */
  readonly tokens?: number;
  /** The whole answer, instead of a page. */
  readonly text?: string;
  /** Awaited before the answer, or before its failure. */
  readonly gate?: () => Promise<void>;
  /** Thrown instead of an answer. */
  readonly failure?: unknown;
  /** Schemas are refused unless they are checked after the answer. */
  readonly isUnenforceable?: boolean;
  /** What the answer says was cut at a bound. */
  readonly truncated?: readonly string[];
  /** What the answer says of how its pictures were shown. */
  readonly images?: readonly ImageFacts[];
}

/** A model that can be watched: how many runs are in progress, what was asked, how many runs came to the end of their answer. */
export class FakeModel implements VisionModel {
  readonly id = 'fake';
  readonly requests: GenerateOptions<unknown>[] = [];
  running = 0;
  mostRunning = 0;
  disposals = 0;
  finished = 0;
  readonly options: FakeModelOptions;

  constructor(options: FakeModelOptions = {}) {
    this.options = options;
  }

  async info(): Promise<ModelInfo> {
    return fakeInfo;
  }

  async countTokens(options: GenerateOptions<unknown>): Promise<TokenCount> {
    const imageTokens = imagesOf(options).length * 256;
    return { inputTokens: imageTokens + 44, imageTokens };
  }

  generate<T = undefined>(options: GenerateOptions<T>): Promise<GenerateResult<T>> {
    return this.stream(options).result;
  }

  stream<T = undefined>(options: GenerateOptions<T>): GenerationStream<T> {
    const request = options as GenerateOptions<unknown>;
    return new GenerationStream<T>(
      (signal) => this.#run({ ...request, signal }) as AsyncGenerator<GenerationEvent<T>, void>,
      options.signal,
    );
  }

  async dispose(): Promise<void> {
    this.disposals += 1;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  async *#run(request: GenerateOptions<unknown>): AsyncGenerator<GenerationEvent<unknown>, void> {
    this.requests.push(request);
    this.running += 1;
    this.mostRunning = Math.max(this.mostRunning, this.running);
    try {
      yield* this.#answer(request);
      this.finished += 1;
    } finally {
      this.running -= 1;
    }
  }

  async *#answer(request: GenerateOptions<unknown>): AsyncGenerator<GenerationEvent<unknown>, void> {
    const { tokenMs = 1, failure, gate, isUnenforceable = false, truncated, images } = this.options;
    if (isUnenforceable && request.schema !== undefined && request.enforcement !== 'after') {
      throw new VisionError('SCHEMA_UNSUPPORTED', 'The schema has a condition that cannot be enforced.', { param: 'schema' });
    }
    if (gate !== undefined) await abortable(gate(), request.signal ?? new AbortController().signal);
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
    const made = makeAnswer(kept.join(''), kept.length, kept.length < words.length);
    const answer = { ...made, ...(truncated && { truncated }), ...(images && { images }) };
    yield {
      type: 'finish',
      result: request.schema === undefined ? answer : { ...answer, object: checkAgainst(request.schema, answer.text) },
    };
  }

  #words(request: GenerateOptions<unknown>): string[] {
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

/** The schema as it is, since the fake only looks at `required`, and as one that can be read and checked. */
export function fakeOutputSchema(schema: Readonly<Record<string, unknown>>): OutputSchema {
  return { ...schema, ...jsonSchema(schema) };
}

/** PNG files with the words "Page 1" and "Page 2", which a line reader can read, 160 and 161 pixels wide. */
const pictures: readonly string[] = [
  'iVBORw0KGgoAAAANSUhEUgAAAKAAAAAwAgMAAADrx5n9AAAADFBMVEX///8KCgpsbGy8vLxM9c/kAAAACXBIWXMAAAsTAAALEwEAmpwYAAABCElEQVQ4y+3UQUrEMBQG4J' +
    'eEWWQRZ6cnqDfIenKELOYVqYoVd4OLd4QewgzMAQrDLERvEPAK1nPMCcS246ZiXrsShP6b0p+P91poCjBnzp/k7PAyLNT+d6gxHxZhnYCbUE2DlaZBcXxKQVEujwCrtwir' +
    '2DUMDDkovCeJNzx8KGpnrnekN1sWGoqCFs6SjZaF1oEsbdR03t4wEDGqT2/B0MUIvIIG/SUI+jjUjlsNKn/uYYPIQ1Eqn7Wr308NA538fsYRaJzwi/6txyaW2mvKyFYqsl' +
    'AWWy/xlnRRt7DBdQpCuPMQXp3qP80U7LLsNhp3uo5GV5OOjozZpHEgfh6d5MTwOP+R/mG+ACDeTiOeTbXHAAAAAElFTkSuQmCC',
  'iVBORw0KGgoAAAANSUhEUgAAAKEAAAAwAgMAAAAEBfLDAAAADFBMVEX///8KCgplZWW8vLwb4rPXAAAACXBIWXMAAAsTAAALEwEAmpwYAAABJ0lEQVQ4y+2UMU4DMRBFxx' +
    '6lcGHSwQmWG7ihiY/gAq9WmyAW0QWKOYIvsZE4wDap4ALIElcgOQctDcLrpVmk2aRDSPmN5e8nz3jGNsBJJ/2FzrbPY+PqgSGVL0dz9D4w5LodreDys2HIoGhERrniSNHM' +
    'PwAWbxEWMVsVT7ZlSu+OpF8dIO/rzurlE6n1JltsdE1R0CwYMtH0jnQcaSxgY6Ki8zRJjiaunj7ilzMJuBhIw9XTV7Dz7hIE7bedTc6e61EALF8zucvtwYonRYOuSNHfs6' +
    'GbCdLKnzxhIs2e1Fa4WT47TKQ5RFdOUUEmYAS8niBlvXHS35CquwjSe7abAO2tg/bFYn9VebLXvL9D2g7jYalw3HOSsThuQxC/nhMvbB9P/9T/1jdNGU2KPBULCAAAAABJ' +
    'RU5ErkJggg==',
];
const narrowest = 160;

/** A small PNG for page `page`, 0 or 1. */
export function fakeImage(page: number): Uint8Array {
  return Buffer.from(pictures[page] ?? '', 'base64');
}

export function makeAnswer(text: string, outputTokens: number, isCut = false): GenerateResult {
  return {
    text,
    object: undefined,
    finishReason: isCut ? 'length' : 'stop',
    usage: { inputTokens: 300, imageTokens: 256, outputTokens, cachedTokens: 0 },
    timings: { queueMs: 0, imageMs: 1, visionMs: 2, prefillMs: 3, decodeMs: 4 },
    warnings: [],
  };
}

function pageText(request: GenerateOptions<unknown>): string {
  const pages = imagesOf(request).map((image) => fakePages[widthOf(image) - narrowest] ?? fakePages[0]);
  return pages.join('\n') || 'No image.';
}

/** Of a PNG, or of a page of a document. */
function widthOf(image: unknown): number {
  return image instanceof Uint8Array
    ? Buffer.from(image.buffer, image.byteOffset, image.length).readUInt32BE(16)
    : (image as Page).size.width;
}

function imagesOf({ images = [], messages = [] }: GenerateOptions<unknown>): readonly unknown[] {
  const inMessages = messages.flatMap(({ content }) =>
    Array.isArray(content) ? content.flatMap((part) => (part.type === 'image' ? [part.image] : [])) : [],
  );
  return [...images, ...inMessages];
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

function invalid(text: string, issues: readonly OutputIssue[]): Error {
  return new OutputInvalidError('The answer does not fit the schema after one retry.', { text, issues, finishReason: 'stop' });
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
