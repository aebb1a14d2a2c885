import { describe, expect, it } from 'vitest';
import { arrangeContent, joinTexts, placeByMarks } from '../../../src/text/arrange-content.ts';
import type { ContentPart } from '../../../src/text/chat-template.ts';

const image: ContentPart = { type: 'image' };
const text = (content: string): ContentPart => ({ type: 'text', text: content });
const show = (content: readonly ContentPart[]): string => content.map((part) => (part.type === 'image' ? '<image>' : part.text)).join('');

describe('arrangeContent', () => {
  it.each([
    ['first', [image, text('a'), text('b')]],
    ['last', [text('a'), text('b'), image]],
    ['between', [text('a'), image, text('b')]],
    ['beside empty and blank texts', [text(''), text('a'), text('\n'), image, text(' '), text('b'), text('')]],
  ])('puts one picture before all text, put %s', (_, content) => {
    expect(show(arrangeContent(content))).toBe('<image>\na\nb');
  });

  it.each([
    ['before', [image, image, text('Read.')]],
    ['after', [text('Read.'), image, image]],
    ['after, with blank texts about', [text('Read.'), text('\n'), image, text(' '), image]],
  ])('numbers several pictures that stand %s the text', (_, content) => {
    expect(show(arrangeContent(content))).toBe('Image-1: <image>\nImage-2: <image>\nRead.');
  });

  it.each([
    [[text('a'), image, text('b'), image, text('c')], 'a\n<image>\nb\n<image>\nc'],
    [[text('a'), image, text('b'), image], 'a\n<image>\nb\n<image>'],
    [[image, text('a'), image], '<image>\na\n<image>'],
    [[text('a'), image, image, text('b')], 'a\n<image>\n<image>\nb'],
    [[text('Image-1: '), image, text('\nImage-2: '), image, text('\nRead.')], 'Image-1: <image>\nImage-2: <image>\nRead.'],
    [[text('a'), text('b'), image, text(''), text('c'), image], 'a\nb\n<image>\nc\n<image>'],
  ])('leaves several pictures between texts where they stand: %#', (content, shown) => {
    expect(show(arrangeContent(content))).toBe(shown);
  });

  it.each([
    [[image], '<image>'],
    [[image, image], 'Image-1: <image>\nImage-2: <image>'],
    [[image, text('\nRead.')], '<image>\nRead.'],
    [[image, text('\r\nRead.')], '<image>\r\nRead.'],
    [[image, text(' Read.')], '<image>\n Read.'],
    [[text('a')], 'a'],
    [[text(' ')], ' '],
    [[], ''],
  ])('adds a line end behind a picture unless the text begins with one: %#', (content, shown) => {
    expect(show(arrangeContent(content))).toBe(shown);
  });
});

describe('joinTexts', () => {
  it.each([
    [[text('a'), text('b')], 'a\nb'],
    [[text('a '), text('b')], 'a b'],
    [[text('a'), text('\tb')], 'a\tb'],
    [[text('a'), text(''), text('b')], 'a\nb'],
  ])('keeps texts side by side apart: %#', (content, joined) => {
    expect(joinTexts(content)).toEqual([text(joined)]);
  });
});

describe('placeByMarks', () => {
  it.each([
    [[image, text('<image>\nRead.')], '<image>\nRead.'],
    [[text('Look at <image> here'), image], 'Look at <image> here'],
    [[image, image, text('A: <image>, B:<image>?')], 'A: <image>, B:<image>?'],
    [[text('A <image>'), image, text('B <image>'), image], 'A <image>\nB <image>'],
  ])('takes as many marks as pictures for the places of these: %#', (content, shown) => {
    const placed = placeByMarks(content);
    expect(placed.isLaidOut).toBe(true);
    expect(show(placed.content)).toBe(shown);
    expect(show(placed.content.filter((part) => part.type === 'text'))).not.toContain('<image>');
  });

  it.each([
    [[text('What is <image>?')]],
    [[image, text('<image> and <image>')]],
    [[image, image, text('<image>')]],
    [[image, text('Read.')]],
  ])('leaves everything alone where the numbers differ: %#', (content) => {
    expect(placeByMarks(content)).toEqual({ content, isLaidOut: false });
  });
});
