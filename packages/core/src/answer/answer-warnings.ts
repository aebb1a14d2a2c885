import type { FinishReason, Warning } from '@h2ovl/contract';
import type { FoundLoop } from '../generation/loop-guard.ts';
import type { ResolvedSampling } from '../generation/sampling-options.ts';
import type { PageImage } from './page-image.ts';

/** What decoding the pictures had to say. */
export function imageWarnings(images: readonly PageImage[]): readonly Warning[] {
  return images.flatMap((image) => image.warnings.map((message): Warning => ({ type: 'image', message: `${image.name}: ${message}` })));
}

const late: Warning = { type: 'cut', message: 'The answer was cut: its time was over. Raise budgetMs, or lower maxOutputTokens.' };

/** Characters of what the answer went round in that are quoted. */
const quotedChars = 40;

function describeLoop({ unit, copies, period }: FoundLoop): string {
  const words = unit.trim().replace(/\s+/g, ' ');
  const quoted = words.length > quotedChars ? `${words.slice(0, quotedChars)}…` : words;
  const tokens = period === 1 ? 'one token' : `${period} tokens`;
  return `The answer went round in circles and was stopped: ${copies} times ${JSON.stringify(quoted)} (${tokens}).`;
}

interface AnswerEnd {
  readonly finishReason: FinishReason;
  /** Most tokens. */
  readonly limit: number;
  readonly sampling: ResolvedSampling;
  /** Whether the memory of the cache is less than the model's context. */
  readonly isMemoryLimited: boolean;
  readonly loop: FoundLoop | undefined;
}

/** That an answer was cut, and by what. */
export function lengthWarnings({ finishReason, limit, sampling, isMemoryLimited, loop }: AnswerEnd): readonly Warning[] {
  if (loop !== undefined) return [{ type: 'cut', message: describeLoop(loop) }];
  if (finishReason === 'timeout') return [late];
  if (finishReason !== 'length') return [];
  const isFull = limit < sampling.maxOutputTokens;
  const what = isMemoryLimited ? 'the cache that maxCacheBytes allows' : "the model's context";
  const why = isFull ? `${what} was full after ${limit}` : `its limit of ${limit}`;
  const more = isMemoryLimited ? 'Raise maxCacheBytes when the model is loaded, lower' : 'Lower';
  const next = isFull ? `${more} the option tiles or send fewer images.` : 'Raise maxOutputTokens.';
  return [{ type: 'cut', message: `The answer was cut: ${why} tokens. ${next}` }];
}

/** That an answer has no text: a program that only joins texts would lose the page without a word. */
export function emptyWarnings({ text, finishReason }: { readonly text: string; readonly finishReason: FinishReason }): readonly Warning[] {
  if (text.trim() !== '') return [];
  return [{ type: 'empty', message: `The answer has no text${emptyBecause[finishReason] ?? ''}.` }];
}

/** Where the ending says more than that; of the others there is a warning of their own. */
const emptyBecause: { readonly [Reason in FinishReason]?: string } = {
  stop: ': the model wrote none. It may see nothing to read',
  'stop-sequence': ': the first that the model wrote was a stop sequence',
};
