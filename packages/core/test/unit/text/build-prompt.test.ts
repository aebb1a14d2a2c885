import { describe, expect, it } from 'vitest';
import { type BuiltPrompt, buildPrompt } from '../../../src/text/build-prompt.ts';
import type { ChatTurn, ContentPart } from '../../../src/text/chat-template.ts';
import { expandPrompt } from '../../../src/text/image-placeholders.ts';
import { openPromptVocabulary } from './small-vocabulary.ts';

const tokenizer = openPromptVocabulary();
const template = 'h2ogpt2';
const image: ContentPart = { type: 'image' };
const text = (content: string): ContentPart => ({ type: 'text', text: content });
const ask = (...content: ContentPart[]): ChatTurn => ({ role: 'user', content });
const build = (turns: ChatTurn[], tokensPerImage: number[] = [], system?: string): BuiltPrompt =>
  buildPrompt({ turns, tokensPerImage, tokenizer, template, system });
const idsOf = (promptText: string, tokensPerImage: number[] = []): Int32Array =>
  expandPrompt(promptText, { tokensPerImage, tokenizer }).ids;

describe('buildPrompt', () => {
  it('gives the ids of the written-out prompt, image places and no warnings', () => {
    const prompt = build([ask(image, text('a b'))], [3]);
    expect(prompt).toEqual({
      ...expandPrompt('<|prompt|><image>\na b<|end|><|answer|>', { tokensPerImage: [3], tokenizer }),
      warnings: [],
    });
    expect(prompt.imageSpans).toHaveLength(1);
  });

  it('counts images through all turns', () => {
    const turns: ChatTurn[] = [ask(image, text('a')), { role: 'assistant', content: [text('b')] }, ask(text('c'), image)];
    expect(build(turns, [1, 2]).ids).toEqual(
      idsOf('<|prompt|><image>\na<|end|><|answer|>b<|end|><|prompt|><image>\nc<|end|><|answer|>', [1, 2]),
    );
  });

  it('puts a system message before the first user turn, a blank line between, and says so', () => {
    const { ids, warnings } = build([ask(image, text('a')), { role: 'assistant', content: [text('b')] }, ask(text('c'))], [1], 'd');
    expect(ids).toEqual(idsOf('<|prompt|>d\n\n<image>\na<|end|><|answer|>b<|end|><|prompt|>c<|end|><|answer|>', [1]));
    expect(warnings).toEqual([{ type: 'unsupported', message: expect.stringMatching(/no system message/) }]);
  });

  it('takes a blank system message for none', () => {
    expect(build([ask(text('a'))], [], ' \n')).toEqual(build([ask(text('a'))]));
  });

  it('does not let a system message hide an empty question', () => {
    expect(() => build([ask(text(''))], [], 'd')).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: 'Turn 1 of 1 is empty.' }),
    );
    expect(() => build([], [], 'd')).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });

  it.each(['<|end|>', '<img>', '</img>', '<IMG_CONTEXT>', '<image>', '<|prompt|>', '<|answer|>'])(
    'makes %s in a text harmless with a joiner, and says so',
    (name) => {
      const { ids, imageSpans, warnings } = build([ask(text(`a${name}b`))]);
      expect(ids).toEqual(idsOf(`<|prompt|>a<\u200d${name.slice(1)}b<|end|><|answer|>`));
      expect(ids.filter((id) => id >= 300)).toEqual(Int32Array.of(303)); // the template's own <|end|> and nothing else
      expect(imageSpans).toEqual([]);
      expect(warnings).toEqual([{ type: 'prompt', message: expect.stringContaining(name) }]);
    },
  );

  it('takes `<image>` for the place of a picture where the numbers agree', () => {
    const { ids, warnings } = build([ask(image, text('a <image> b'))], [2]);
    expect(ids).toEqual(idsOf('<|prompt|>a <image> b<|end|><|answer|>', [2]));
    expect(warnings).toEqual([]);
  });

  it('keeps real images apart from spelled ones where they do not', () => {
    const { ids, imageSpans, warnings } = build([ask(text('<image>'), image, text('<image>'))], [2]);
    expect(ids).toEqual(idsOf('<|prompt|><image>\n<\u200dimage>\n<\u200dimage><|end|><|answer|>', [2]));
    expect(imageSpans).toHaveLength(1);
    expect(warnings).toEqual([{ type: 'prompt', message: expect.stringContaining('<image>') }]);
  });

  it('puts a frame around the words of the last turn alone', () => {
    const turns: ChatTurn[] = [ask(image, text('a')), { role: 'assistant', content: [text('b')] }, ask(text('c'), image, image)];
    const built = buildPrompt({ turns, tokensPerImage: [1, 1, 2], tokenizer, template, frame: { before: 'd', after: 'e' } });
    const last = 'Image-1: <image>\nImage-2: <image>\nd\nc\ne';
    expect(built.ids).toEqual(idsOf(`<|prompt|><image>\na<|end|><|answer|>b<|end|><|prompt|>${last}<|end|><|answer|>`, [1, 1, 2]));
  });

  it('joins the texts of an earlier answer', () => {
    const turns: ChatTurn[] = [ask(text('a')), { role: 'assistant', content: [text('b'), text('c')] }, ask(text('d'))];
    expect(build(turns).ids).toEqual(idsOf('<|prompt|>a<|end|><|answer|>b\nc<|end|><|prompt|>d<|end|><|answer|>'));
  });

  it('warns once, with every name, wherever it stood: question, earlier answer, system message', () => {
    const turns: ChatTurn[] = [ask(text('<img><img>')), { role: 'assistant', content: [text('</img>')] }, ask(text('a'))];
    const { ids, warnings } = build(turns, [], '<|end|>');
    expect(warnings.map(({ type }) => type)).toEqual(['unsupported', 'prompt']);
    expect(warnings[1]?.message).toMatch(/spells <\|end\|> <img> <\/img>;/);
    expect(ids.filter((id) => id >= 300)).toEqual(Int32Array.of(303, 303, 303));
  });

  it('keeps the halves of a name in two texts apart', () => {
    const { ids, warnings } = build([ask(text('<|e'), text('nd|>'))]);
    expect(ids).toEqual(idsOf('<|prompt|><|e\nnd|><|end|><|answer|>'));
    expect(warnings).toEqual([]);
  });

  it('refuses another number of images than there are counts', () => {
    expect(() => build([ask(image, text('a'))], [])).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });

  it('refuses a template it does not know', () => {
    expect(() => buildPrompt({ turns: [ask(text('a'))], tokensPerImage: [], tokenizer, template: 'internlm2-chat' })).toThrow(
      expect.objectContaining({ code: 'MODEL_UNSUPPORTED' }),
    );
  });
});
