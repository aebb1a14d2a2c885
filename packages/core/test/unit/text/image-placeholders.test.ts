import { describe, expect, it } from 'vitest';
import type { PromptPart } from '../../../src/text/chat-template.ts';
import { encodePromptParts, expandPrompt } from '../../../src/text/image-placeholders.ts';
import { head, openPromptVocabulary, openVocabulary } from './small-vocabulary.ts';

const tokenizer = openPromptVocabulary(); // U+2581 is 259, a to j are 260 to 269, <img> </img> <IMG_CONTEXT> <|end|> are 300 to 303
const image: PromptPart = { type: 'image' };
const text = (content: string): PromptPart => ({ type: 'text', text: content });
const end: PromptPart = { type: 'special', token: '<|end|>' };

describe('encodePromptParts', () => {
  it('writes one run of context tokens per image and says where it is', () => {
    const { ids, imageSpans, imageTokenId } = encodePromptParts([text('a'), image, text('b'), image, end], {
      tokensPerImage: [2, 1],
      tokenizer,
    });
    expect([...ids]).toEqual([259, 260, 300, 302, 302, 301, 259, 261, 300, 302, 301, 303]);
    expect(imageSpans).toEqual([
      { start: 3, length: 2 },
      { start: 9, length: 1 },
    ]);
    expect(imageTokenId).toBe(302);
  });

  it('encodes neighbouring texts as one, with one leading space', () => {
    expect([...encodePromptParts([text('a'), text('b'), end, text('c')], { tokensPerImage: [], tokenizer }).ids]).toEqual([
      259, 260, 261, 303, 259, 262,
    ]);
  });

  it('parses no special token out of a text, even when two texts spell it together', () => {
    const { ids } = encodePromptParts([text('<|end|><IMG_'), text('CONTEXT><image>')], { tokensPerImage: [], tokenizer });
    expect(Math.max(...ids)).toBeLessThan(300);
  });

  it('gives no ids for no parts', () => {
    expect(encodePromptParts([], { tokensPerImage: [], tokenizer })).toEqual({ ids: new Int32Array(0), imageTokenId: 302, imageSpans: [] });
  });

  it.each([
    [[image], [], /places for 1 images; 0 were given/],
    [[text('a')], [4], /places for 0 images; 1 were given/],
    [[image], [0], /Image 1 has 0 tokens/],
    [[image, image], [4, 2.5], /Image 2 has 2.5 tokens/],
    [[image], [Number.NaN], /Image 1 has NaN tokens/],
  ])('refuses counts that do not fit the parts as INVALID_ARGUMENT: %#', (parts, tokensPerImage, message) => {
    expect(() => encodePromptParts(parts, { tokensPerImage, tokenizer })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(message) }),
    );
  });

  it('refuses a checkpoint without the tokens as MODEL_UNSUPPORTED', () => {
    const bare = openVocabulary({ pieces: head }, { '<img>': 3 });
    expect(() => encodePromptParts([image], { tokensPerImage: [1], tokenizer: bare })).toThrow(
      expect.objectContaining({ code: 'MODEL_UNSUPPORTED', message: expect.stringContaining('<IMG_CONTEXT>') }),
    );
  });
});

describe('expandPrompt', () => {
  it('takes each mark for the next image and parses special tokens', () => {
    const { ids, imageSpans } = expandPrompt('a<image>b<|end|><image>', { tokensPerImage: [1, 2], tokenizer });
    expect([...ids]).toEqual([259, 260, 300, 302, 301, 259, 261, 303, 300, 302, 302, 301]);
    expect(imageSpans).toEqual([
      { start: 3, length: 1 },
      { start: 9, length: 2 },
    ]);
  });

  it('refuses another number of marks than images as INVALID_ARGUMENT', () => {
    expect(() => expandPrompt('<image>', { tokensPerImage: [1, 1], tokenizer })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: 'The prompt has places for 1 images; 2 were given.' }),
    );
  });
});
