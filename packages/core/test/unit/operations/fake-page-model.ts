import type { GenerateOptions, GenerateResult, GenerationEvent, Page } from '@h2ovl/contract';
import type { PageModel } from '../../../src/operations/page-model.ts';

/** A model that renders the page it is given and answers with the prompt and the page's name; `answer` may say something else, or fail. */
export class FakePageModel implements PageModel {
  readonly id: string = 'fake';
  readonly requests: GenerateOptions<unknown>[] = [];
  /** What results have beside the usual. */
  more: Partial<GenerateResult<unknown>> = {};
  readonly #answer: (page: Page, prompt: string) => string | Promise<string>;

  constructor(answer: (page: Page, prompt: string) => string | Promise<string> = (page, prompt) => `${prompt} | ${page.name}\n`) {
    this.#answer = answer;
  }

  async *stream(options: GenerateOptions<unknown>): AsyncGenerator<GenerationEvent<unknown>, void> {
    this.requests.push(options);
    options.signal?.throwIfAborted();
    const page = options.images?.[0] as unknown as Page;
    await page.render(options.signal === undefined ? {} : { signal: options.signal });
    yield { type: 'progress', phase: 'generate', done: 1, total: 2 };
    const text = await this.#answer(page, options.prompt ?? '');
    yield { type: 'finish', result: { ...resultOf(text, options.schema === undefined ? undefined : JSON.parse(text)), ...this.more } };
  }
}

function resultOf(text: string, object: unknown): GenerateResult<unknown> {
  return {
    text,
    object,
    finishReason: 'stop',
    usage: { inputTokens: 10, imageTokens: 8, outputTokens: 2, cachedTokens: 0 },
    timings: { queueMs: 0, imageMs: 1, visionMs: 1, prefillMs: 1, decodeMs: 1 },
    warnings: [],
  };
}
