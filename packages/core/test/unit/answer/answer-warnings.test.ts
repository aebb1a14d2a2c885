import sharp from 'sharp';
import { expect, it } from 'vitest';
import { emptyWarnings, imageWarnings, lengthWarnings } from '../../../src/answer/answer-warnings.ts';
import type { PageImage } from '../../../src/answer/page-image.ts';
import { decodeImage } from '../../../src/documents/images/decode-image.ts';
import type { ResolvedSampling } from '../../../src/generation/sampling-options.ts';

it("a picture's warning names the picture once, and is of its kind", async () => {
  const frames = [0, 255].map((value) => sharp({ create: { width: 2, height: 2, channels: 3, background: { r: value, g: 0, b: 0 } } }));
  const pngs = await Promise.all(frames.map((frame) => frame.png().toBuffer()));
  const gif = await sharp(pngs, { join: { animated: true } })
    .gif()
    .toBuffer();
  const { warnings } = await decodeImage(gif, { name: 'moving.gif' });
  const [warning] = imageWarnings([{ name: 'moving.gif', warnings } as unknown as PageImage]);
  expect(warning?.type).toBe('image');
  expect(warning?.message.split('moving.gif')).toHaveLength(2);
});

it('an answer that was cut says so by its kind', () => {
  const end = { limit: 8, sampling: { maxOutputTokens: 8 } as ResolvedSampling, isMemoryLimited: false, loop: undefined };
  expect(lengthWarnings({ ...end, finishReason: 'length' })).toEqual([
    { type: 'cut', message: 'The answer was cut: its limit of 8 tokens. Raise maxOutputTokens.' },
  ]);
  const loop = { from: 9, unit: ' la  la\n', period: 3, copies: 7 };
  expect(lengthWarnings({ ...end, finishReason: 'loop', loop })).toEqual([
    { type: 'cut', message: expect.stringContaining('7 times "la la" (3 tokens)') },
  ]);
  expect(lengthWarnings({ ...end, finishReason: 'timeout' })).toEqual([{ type: 'cut', message: expect.stringContaining('budgetMs') }]);
  expect(lengthWarnings({ ...end, finishReason: 'stop' })).toEqual([]);
});

it.each([
  ['', 'stop', 'The answer has no text: the model wrote none. It may see nothing to read.'],
  [' \n', 'length', 'The answer has no text.'],
  ['', 'stop-sequence', 'The answer has no text: the first that the model wrote was a stop sequence.'],
] as const)('an answer %j that ended with %s has a warning of its own kind', (text, finishReason, message) => {
  expect(emptyWarnings({ text, finishReason })).toEqual([{ type: 'empty', message }]);
});

it('an answer with text has no such warning', () => {
  expect(emptyWarnings({ text: ' a', finishReason: 'stop' })).toEqual([]);
});
