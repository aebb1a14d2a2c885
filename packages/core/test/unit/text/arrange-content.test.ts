import { describe, expect, it } from 'vitest';
import { arrangeShortForm, separateImages } from '../../../src/text/arrange-content.ts';
import type { ContentPart } from '../../../src/text/chat-template.ts';

const image: ContentPart = { type: 'image' };
const text = (content: string): ContentPart => ({ type: 'text', text: content });
const show = (content: readonly ContentPart[]): string => content.map((part) => (part.type === 'image' ? '<image>' : part.text)).join('');

describe('arrangeShortForm', () => {
  it.each([
    [0, 'Read.'],
    [1, '<image>\nRead.'],
    [2, 'Image-1: <image>\nImage-2: <image>\nRead.'],
    [3, 'Image-1: <image>\nImage-2: <image>\nImage-3: <image>\nRead.'],
  ])('puts %i images before the question', (count, shown) => {
    expect(show(arrangeShortForm('Read.', count))).toBe(shown);
  });

  it('is left as it is by separateImages', () => {
    for (const count of [0, 1, 2, 3])
      expect(show(separateImages(arrangeShortForm('Read.', count)))).toBe(show(arrangeShortForm('Read.', count)));
  });
});

describe('separateImages', () => {
  it.each([
    [[image, text('Read.')], '<image>\nRead.'],
    [[text('Read'), image], 'Read\n<image>'],
    [[text('a'), image, text('b')], 'a\n<image>\nb'],
    [[image, image, text('b')], '<image>\n<image>\nb'],
    [[image], '<image>'],
    [[text('a'), text('b')], 'ab'],
    [[], ''],
  ])('puts a line end at each seam of an image: %#', (content, shown) => {
    expect(show(separateImages(content))).toBe(shown);
  });

  it.each([
    [[image, text('\nRead.')], '<image>\nRead.'],
    [[image, text(' Read.')], '<image> Read.'],
    [[text('Image-1: '), image, text('\nImage-2: '), image], 'Image-1: <image>\nImage-2: <image>'],
  ])('leaves a seam alone that has white space: %#', (content, shown) => {
    expect(show(separateImages(content))).toBe(shown);
  });

  it('takes empty texts for absent', () => {
    expect(separateImages([text(''), image, text('')])).toEqual([image]);
    expect(show(separateImages([image, text(''), text('a')]))).toBe('<image>\na');
  });
});
