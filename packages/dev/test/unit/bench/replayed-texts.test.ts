import { AnswerDrafts } from '@h2ovl/core/internal/answer/drafts/answer-drafts';
import { expect, test } from 'vitest';
import { replayedTexts } from '../../../src/bench/replayed-texts.ts';
import { type FollowedText, followText } from '../../../src/drafts-trial/follow-text.ts';
import { openTokenizer } from '../../../src/drafts-trial/real-tokenizer.ts';

const tokens = 500;

test('texts that are replayed are long enough; of what was read of their pages all is right for the true texts, and two thirds for what nano wrote', async () => {
  const tokenizer = await openTokenizer();
  const followed: FollowedText[] = [];
  for (const { text, read } of replayedTexts) {
    const answer = tokenizer.encodeText(text).slice(0, tokens);
    expect(answer).toHaveLength(tokens);
    followed.push(await followText(answer, new AnswerDrafts({ texts: [read], prompt: [], tokenizer }), tokenizer.vocabularySize));
  }
  const [right, real] = followed.map(({ accepted, drafted, runs }) => ({ share: accepted / drafted, perRun: (tokens - 1) / runs })) as [
    { share: number; perRun: number },
    { share: number; perRun: number },
  ];
  expect(right.share).toBeGreaterThan(0.95);
  expect(real.share).toBeGreaterThan(0.5);
  expect(real.share).toBeLessThan(right.share);
  expect(real.perRun).toBeGreaterThan(3);
  expect(right.perRun).toBeGreaterThan(real.perRun);
});
