import type { GenerateResult, ProgressEvent, Usage, Warning } from '@h2ovl/contract';
import type { TextEvent } from '../generation/generate-text.ts';
import type { GeneratedObject } from '../json/generate-object.ts';
import { roundTimings } from './round-timings.ts';

/** An answer before anything was read out of it. */
export type TextAnswer = Omit<GenerateResult, 'object'>;

/** Lets progress through and keeps text back. */
export async function* onlyProgress<R>(events: AsyncGenerator<TextEvent, R>): AsyncGenerator<ProgressEvent, R> {
  try {
    for (;;) {
      const turn = await events.next();
      if (turn.done) return turn.value;
      if (turn.value.type === 'progress') yield turn.value;
    }
  } finally {
    await events.return(undefined as never); // the reader left: so does the work
  }
}

/** What all attempts cost, with the text of the one that counts. */
export function sumAnswers(answers: readonly TextAnswer[], made: GeneratedObject<unknown>): TextAnswer {
  const last = answers.at(-1) as TextAnswer;
  const sum = <K extends string>(keys: readonly K[], of: (answer: TextAnswer) => Readonly<Record<K, number>>): Record<K, number> =>
    Object.fromEntries(keys.map((key) => [key, answers.reduce((total, answer) => total + of(answer)[key], 0)])) as Record<K, number>;
  const usage: Usage = sum(['inputTokens', 'imageTokens', 'outputTokens', 'cachedTokens'], (answer) => answer.usage);
  const timings = roundTimings(sum(['queueMs', 'imageMs', 'visionMs', 'prefillMs', 'decodeMs'], (answer) => answer.timings));
  const asked: Warning[] =
    made.attempts > 1
      ? [{ type: 'other', message: `The first answer did not fit the schema; the model was asked ${made.attempts} times.` }]
      : [];
  const steps = made.steps.map((message): Warning => ({ type: 'other', message }));
  return { text: made.text, finishReason: last.finishReason, usage, timings, warnings: [...last.warnings, ...asked, ...steps] };
}
