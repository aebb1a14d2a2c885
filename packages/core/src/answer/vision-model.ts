import {
  type AnswerBounds,
  abortable,
  checkOptions,
  type DeepPartial,
  type GenerateOptions,
  type GenerateResult,
  type GenerationEvent,
  GenerationStream,
  generateOptionNames,
  type ImageOptions,
  linkSignal,
  type ModelInfo,
  type OutputSchema,
  ownInput,
  type ProgressEvent,
  type PromptInput,
  type TokenCount,
  VisionError,
} from '@h2ovl/contract';
import type { RemoteImages } from '../documents/fetch-image.ts';
import { type ImageLimits, resolveImageLimits } from '../documents/image-limits.ts';
import type { HeldAnswer } from '../generation/decode-rules.ts';
import type { TextEvent } from '../generation/generate-text.ts';
import { type ResolvedSampling, resolveSampling } from '../generation/sampling-options.ts';
import type { JsonSchema } from '../json/copy-schema.ts';
import { generateObject } from '../json/generate-object.ts';
import { isPlainSchema, toJsonSchema } from '../json/output-schema.ts';
import { asSchemaFault } from '../json/schema-fault.ts';
import { structuredPrompt } from '../json/structured-prompt.ts';
import type { OpenedModel } from '../model/open-model.ts';
import type { Manifest } from '../model-files/manifest.ts';
import type { QuestionFrame } from '../text/frame-question.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import { answerText } from './answer-text.ts';
import { emptyWarnings } from './answer-warnings.ts';
import { ConstraintSource, type EnforcedSchema } from './constraint-source.ts';
import { EarlierAnswers } from './drafts/earlier-answers.ts';
import { KnownPages } from './page-image.ts';
import { type PromptContext, preparePrompt } from './prepare-prompt.ts';
import { questionOf, readInput } from './read-input.ts';
import { workMs } from './round-timings.ts';
import type { RunQueue } from './run-queue.ts';
import type { SteppableModel } from './stepping-model.ts';
import { flagValues, onlyProgress, readEnforced, sumAnswers, type TextAnswer, withObjects } from './structured-answer.ts';
import { checkBudget } from './time-budget.ts';

export interface LocalModelParts {
  readonly id: string;
  readonly info: ModelInfo;
  readonly manifest: Manifest;
  readonly tokenizer: Tokenizer;
  readonly opened: OpenedModel;
  readonly queue: RunQueue;
  readonly allowRemoteImages: RemoteImages;
  /** @default those of the library */
  readonly imageLimits?: ImageLimits;
  /** Releases what the parts stand on; called once, after they are gone. */
  readonly release: () => Promise<void>;
}

/** What makes an answer an object: words around the question, and what may be written. */
interface AnswerStructure {
  readonly frame?: QuestionFrame;
  readonly held?: HeldAnswer | undefined;
}

/** A model in this process: joins pages, prompt, vision encoder and decoder into answers. */
export class LocalVisionModel implements SteppableModel {
  readonly id: string;
  readonly #parts: LocalModelParts;
  readonly #context: PromptContext;
  readonly #constraints: ConstraintSource;
  readonly #earlier = new EarlierAnswers();
  /** Aborted when the model is disposed: every answer in work follows it. */
  readonly #closing = new AbortController();
  #disposing: Promise<void> | undefined;

  constructor(parts: LocalModelParts) {
    this.id = parts.id;
    this.#parts = parts;
    this.#constraints = new ConstraintSource(parts.tokenizer, parts.manifest.model);
    this.#context = {
      model: parts.manifest.model,
      tokenizer: parts.tokenizer,
      allowRemoteImages: parts.allowRemoteImages,
      imageLimits: resolveImageLimits(parts.imageLimits),
      knownPages: new KnownPages(),
    };
  }

  async info(): Promise<ModelInfo> {
    this.#closing.signal.throwIfAborted();
    return this.#parts.info;
  }

  generate<T = undefined>(options: GenerateOptions<T>): Promise<GenerateResult<T>> {
    return this.stream(options).result;
  }

  stream<T = undefined>(options: GenerateOptions<T>): GenerationStream<T> {
    return this.streamOwn(ownInput(options));
  }

  streamOwn<T = undefined>(own: GenerateOptions<T>): GenerationStream<T> {
    return new GenerationStream<T>((signal) => this.#answer(own, signal), own?.signal, this.#closing.signal);
  }

  async countTokens(options: GenerateOptions<unknown>): Promise<TokenCount> {
    const link = linkSignal(options.signal, this.#closing.signal);
    try {
      link.signal.throwIfAborted();
      checkOptions(options, generateOptionNames, 'countTokens()');
      const own = ownInput(options);
      const { schema } = own;
      const frame =
        schema &&
        this.#frame(
          own,
          asSchemaFault(() => toJsonSchema(schema)),
        );
      const prompt = await preparePrompt(own, this.#context, link.signal, frame);
      prompt.close();
      return { inputTokens: prompt.ids.length, imageTokens: prompt.imageTokens };
    } finally {
      link.release();
    }
  }

  async dispose(): Promise<void> {
    this.#disposing ??= this.#close();
    await this.#disposing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  async #close(): Promise<void> {
    this.#closing.abort(new VisionError('DISPOSED', 'The model was disposed.', { hint: 'Load it again.' }));
    await this.#parts.queue.close();
    this.#earlier.clear();
    await this.#parts.opened.dispose();
    await this.#parts.release();
  }

  async *#answer<T>(options: GenerateOptions<T>, signal: AbortSignal): AsyncGenerator<GenerationEvent<T>, void> {
    signal.throwIfAborted();
    checkOptions(options, generateOptionNames, 'generate()');
    const sampling = resolveSampling(options);
    checkBudget(options.budgetMs);
    if (options.schema !== undefined) {
      yield* this.#answerObject(options, options.schema, sampling, signal);
      return;
    }
    const answer = yield* this.#answerPrompt(options, sampling, signal);
    yield { type: 'finish', result: { ...answer, warnings: [...answer.warnings, ...emptyWarnings(answer)], object: undefined as T } };
  }

  /** What the schema allows is all that can be written, so text and object come as they grow. */
  async *#answerObject<T>(
    options: GenerateOptions<T>,
    schema: OutputSchema<T>,
    sampling: ResolvedSampling,
    signal: AbortSignal,
  ): AsyncGenerator<GenerationEvent<T>, void> {
    const source = asSchemaFault(() => toJsonSchema(schema));
    const isPlain = isPlainSchema(schema);
    const enforced = await abortable(this.#constraints.open(source, { isPlain, enforcement: options.enforcement ?? 'decoding' }), signal);
    if (enforced === undefined || !(options.enforcement !== 'after' || (enforced.isWhole && isPlain))) {
      yield* this.#answerChecked(options, schema, enforced, sampling, signal);
      return;
    }
    const frame = this.#frame(options, source);
    const held = enforced.begin();
    const answer = yield* withObjects<T>(this.#answerPrompt(options, sampling, signal, { frame, held }));
    const read = await readEnforced(schema, answer, enforced, held.choices);
    yield { type: 'object-delta', partial: read.object as DeepPartial<T> };
    yield { type: 'finish', result: { ...answer, ...read } };
  }

  /** What a schema puts around the question. */
  #frame(input: PromptInput, schema: JsonSchema): QuestionFrame {
    const question = questionOf(readInput(input));
    return asSchemaFault(() => structuredPrompt({ question, schema, layout: this.#parts.manifest.model.jsonLayout }));
  }

  /** Text is held back until it was checked: the first answer may not be the one that counts. */
  async *#answerChecked<T>(
    options: GenerateOptions<T>,
    schema: OutputSchema<T>,
    enforced: EnforcedSchema | undefined,
    sampling: ResolvedSampling,
    signal: AbortSignal,
  ): AsyncGenerator<GenerationEvent<T>, void> {
    const answers: TextAnswer[] = [];
    let held = enforced?.begin();
    const answerPrompt = (frame: QuestionFrame): AsyncGenerator<TextEvent, TextAnswer> => {
      held = enforced?.begin();
      const spentMs = answers.reduce((sum, { timings }) => sum + workMs(timings), 0);
      const left = options.budgetMs === undefined ? options : { ...options, budgetMs: Math.max(1, options.budgetMs - spentMs) };
      return this.#answerPrompt(left, sampling, signal, { frame, held });
    };
    const made = yield* generateObject<T, ProgressEvent>({
      schema,
      question: questionOf(readInput(options)),
      layout: this.#parts.manifest.model.jsonLayout,
      generateText: async function* (frame) {
        const answer = yield* onlyProgress(answerPrompt(frame));
        answers.push(answer);
        return answer;
      },
    });
    yield { type: 'text-delta', delta: made.text };
    yield { type: 'object-delta', partial: made.object as DeepPartial<T> };
    const flags = enforced && held && flagValues(made.text, enforced, held.choices);
    yield { type: 'finish', result: { ...sumAnswers(answers, made, flags), object: made.object } };
  }

  async *#answerPrompt(
    input: PromptInput & ImageOptions & AnswerBounds,
    sampling: ResolvedSampling,
    signal: AbortSignal,
    structure: AnswerStructure = {},
  ): AsyncGenerator<TextEvent, TextAnswer> {
    const prompt = await preparePrompt(input, this.#context, signal, structure.frame);
    try {
      return yield* answerText(this.#parts, prompt, {
        sampling,
        budgetMs: input.budgetMs,
        pageText: input.pageText,
        draftText: input.draftText,
        earlier: this.#earlier,
        held: structure.held,
        signal,
      });
    } finally {
      prompt.close();
    }
  }
}
