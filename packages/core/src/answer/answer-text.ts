import { ContextOverflowError, linkSignal, startDeadline, VisionError } from '@h2ovl/contract';
import { createDecodeRules, type HeldAnswer } from '../generation/decode-rules.ts';
import { type GeneratedText, generateText, type TextEvent } from '../generation/generate-text.ts';
import { LoopGuard } from '../generation/loop-guard.ts';
import type { ResolvedSampling } from '../generation/sampling-options.ts';
import { isBlankToken } from '../text/blank-tokens.ts';
import { createDetokenizer } from '../text/detokenizer.ts';
import { imageWarnings, lengthWarnings } from './answer-warnings.ts';
import { AnswerDrafts } from './drafts/answer-drafts.ts';
import type { EarlierAnswers } from './drafts/earlier-answers.ts';
import type { PreparedPrompt } from './prepare-prompt.ts';
import { TiledPromptSource } from './prompt-source.ts';
import { encodeTiles, readPages } from './read-pages.ts';
import { roundTimings } from './round-timings.ts';
import { StopWatch } from './stop-watch.ts';
import type { TextAnswer } from './structured-answer.ts';
import type { LocalModelParts } from './vision-model.ts';

/** Tokens beyond the prompt that a sequence's memory is taken for at once; a longer answer grows it. */
const expectedAnswerTokens = 256;

export interface AnswerTextOptions {
  readonly sampling: ResolvedSampling;
  /** Milliseconds from its turn on. */
  readonly budgetMs: number | undefined;
  readonly pageText: string | undefined;
  readonly draftText: string | undefined;
  /** Those of this model: more candidates for an answer that is drafted anyway. */
  readonly earlier: EarlierAnswers;
  readonly held: HeldAnswer | undefined;
  readonly signal: AbortSignal;
}

/** One prompt, one answer: waits for a turn, reads the pages, then decodes. Where its time is over, the answer is what there is by then. */
export async function* answerText(
  { manifest, opened, queue, tokenizer }: LocalModelParts,
  prompt: PreparedPrompt,
  { sampling, budgetMs, pageText, draftText, earlier, held, signal }: AnswerTextOptions,
): AsyncGenerator<TextEvent, TextAnswer> {
  const { contextLength, endTokenIds } = manifest.model;
  const inputTokens = prompt.ids.length;
  if (inputTokens >= contextLength) throw new ContextOverflowError(inputTokens, contextLength);
  const { maxTokens } = opened.decoder;
  if (inputTokens >= maxTokens) throw memoryError(inputTokens, maxTokens);
  const maxOutputTokens = Math.min(sampling.maxOutputTokens, maxTokens - inputTokens);
  const expectedTokens = inputTokens + Math.min(maxOutputTokens, expectedAnswerTokens);
  const watch = new StopWatch();
  const release = await queue.acquire(opened.decoder.bytesFor(expectedTokens), signal);
  const queueMs = watch.lap();
  let [imageMs, visionMs] = [0, 0];
  const mayDraft = sampling.drafts === 'auto' && manifest.form.device === 'cpu';
  // Decided by the request alone, so that an answer is the same whoever else is at work and whatever was asked before.
  const texts = [draftText, pageText].filter((text) => text !== undefined && text.trim() !== '') as string[];
  const isDrafted = texts.length > 0 && mayDraft;
  const budget = startDeadline(budgetMs ?? Number.POSITIVE_INFINITY, []);
  const link = linkSignal(signal, budget.signal);
  const describe = (generated: GeneratedText | undefined, cachedTokens: number): TextAnswer => {
    const { text = '', finishReason = 'timeout', outputTokens = 0, prefillMs = 0, decodeMs = 0, loop, certainty } = generated ?? {};
    const { draftedTokens = 0, acceptedTokens = 0 } = generated ?? {};
    const warnings = [
      ...prompt.warnings,
      ...imageWarnings(prompt.images),
      ...lengthWarnings({ finishReason, limit: maxOutputTokens, sampling, isMemoryLimited: maxTokens < contextLength, loop }),
    ];
    return {
      text,
      finishReason,
      usage: {
        inputTokens,
        imageTokens: prompt.imageTokens,
        outputTokens,
        cachedTokens,
        ...(isDrafted && { draftedTokens, acceptedTokens }),
      },
      timings: roundTimings({ queueMs, imageMs, visionMs, prefillMs, decodeMs }),
      warnings,
      images: prompt.images.map(({ facts }) => facts),
      ...(certainty && { certainty }),
      ...(loop && { loop: { from: loop.from, unit: loop.unit, copies: loop.copies } }),
    };
  };
  try {
    const tiles = yield* readPages(prompt, link.signal);
    imageMs = watch.lap();
    const drafts = isDrafted ? new AnswerDrafts({ texts: [...texts, ...earlier.about(tiles)], prompt: prompt.ids, tokenizer }) : undefined;
    const source = new TiledPromptSource({ ...prompt, tiles, tokensPerTile: manifest.model.image.tokensPerTile, ...opened });
    yield* encodeTiles(source, opened.decoder.cachedPrefix(source.keys), opened, link.signal);
    for (const image of prompt.images) image.releasePixels();
    visionMs = watch.lap();
    const sequence = opened.decoder.openSequence(source, expectedTokens);
    try {
      const generated = yield* generateText({
        sequence,
        rules: createDecodeRules({
          sampling: { ...sampling, maxOutputTokens },
          endTokens: endTokenIds,
          isBlank: (token) => isBlankToken(tokenizer, token),
          promptTokens: sampling.repetitionPenalty === 1 ? [] : [...prompt.ids],
          constraint: held,
        }),
        detokenizer: createDetokenizer(tokenizer),
        stopSequences: sampling.stopSequences,
        loopGuard: sampling.endLoops ? new LoopGuard({ pageText, isJson: held !== undefined }) : undefined,
        drafts,
        timeIsOver: budget.signal,
        signal,
      });
      if (mayDraft) earlier.keep(tiles, generated.text);
      return describe(generated, sequence.cachedTokens);
    } finally {
      await sequence.dispose();
    }
  } catch (error) {
    if (!budget.signal.aborted || signal.aborted) throw error;
    return describe(undefined, 0); // over before the first token
  } finally {
    budget.release();
    link.release();
    release();
  }
}

function memoryError(inputTokens: number, maxTokens: number): VisionError {
  return new VisionError(
    'CONTEXT_OVERFLOW',
    `The prompt has ${inputTokens} tokens; with its cache limited to maxCacheBytes this model holds ${maxTokens}, the answer included.`,
    { hint: 'Raise maxCacheBytes when the model is loaded, lower the option tiles, send fewer images, or shorten the text.' },
  );
}
