import { expect, it } from 'vitest';
import { arrangeContent, placeByMarks } from '../../../src/text/arrange-content.ts';
import type { ContentPart } from '../../../src/text/chat-template.ts';
import { frameQuestion, textOf } from '../../../src/text/frame-question.ts';

const image: ContentPart = { type: 'image' };
const text = (content: string): ContentPart => ({ type: 'text', text: content });
const show = (content: readonly ContentPart[]): string => content.map((part) => (part.type === 'image' ? '<image>' : part.text)).join('');

/** A turn in its final order, with `B` before and `A` after its words. */
function frame(content: readonly ContentPart[], before = 'B', after = 'A'): string {
  const framed = frameQuestion(placeByMarks(content), { before, after });
  return show(framed.isLaidOut ? framed.content : arrangeContent(framed.content));
}

it.each([
  [[text('q')], 'B\nq\nA'],
  [[text(' q\n')], 'B\nq\nA'],
  [[image, text('q')], '<image>\nB\nq\nA'],
  [[text('q'), image], '<image>\nB\nq\nA'],
  [[image, text('\n')], '<image>\nB\nA'],
  [[image], '<image>\nB\nA'],
  [[image, image, text('q')], 'Image-1: <image>\nImage-2: <image>\nB\nq\nA'],
  [[text('q'), image, image], 'Image-1: <image>\nImage-2: <image>\nB\nq\nA'],
  [[text('p'), image, text('q'), image, text('r')], 'B\np\n<image>\nq\n<image>\nr\nA'],
  [[image, text('p'), image, text('q')], '<image>\nB\np\n<image>\nq\nA'],
])('keeps the pictures where they would be without a frame: %#', (content, shown) => {
  expect(frame(content)).toBe(shown);
});

it.each([
  [[image, text('<image>\nq')], '<image>\nB\nq\nA'],
  [[image, text('<image>q')], '<image>\nB\nq\nA'],
  [[image, text('See <image> now')], 'B\nSee <image> now\nA'],
  [[image, text('<image>')], '<image>\nB\nA'],
])('keeps pictures that marks have placed: %#', (content, shown) => {
  expect(frame(content)).toBe(shown);
});

it('adds nothing where it is empty', () => {
  expect(frame([image, text('q')], '', 'A')).toBe('<image>\nq\nA');
  expect(frame([image, text('q')], 'B', '')).toBe('<image>\nB\nq');
  expect(frame([image, text('<image>q ')], '', '')).toBe('<image>q ');
});

it('reads the words of a turn, a line for each text', () => {
  expect(textOf([text('a'), image, text('b')])).toBe('a\nb');
  expect(textOf([image])).toBe('');
});
