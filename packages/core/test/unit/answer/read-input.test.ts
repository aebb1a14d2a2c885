import type { PromptInput } from '@h2ovl/contract';
import { describe, expect, it } from 'vitest';
import { questionOf, readInput } from '../../../src/answer/read-input.ts';

const image = { type: 'image', image: 'a.png' } as const;
const text = (content: string): { readonly type: 'text'; readonly text: string } => ({ type: 'text', text: content });
const place = { type: 'image' };

describe('readInput', () => {
  it('reads the short form as one turn, pictures first', () => {
    expect(readInput({ prompt: 'Read.', images: ['a.png', 'b.png'], system: 's' })).toEqual({
      system: 's',
      turns: [{ role: 'user', content: [place, place, text('Read.')] }],
      images: [
        { image: 'a.png', place: 'images[0]' },
        { image: 'b.png', place: 'images[1]' },
      ],
    });
  });

  it('reads the full form, and collects pictures and system messages from wherever they stand', () => {
    const read = readInput({
      messages: [
        { role: 'system', content: 's' },
        { role: 'user', content: [text('a'), image] },
        { role: 'assistant', content: 'b' },
        { role: 'system', content: [text('t'), text('u')] },
        { role: 'user', content: [{ type: 'image', image: 'b.png' }, text('c')] },
      ],
    });
    expect(read.system).toBe('s\n\nt\nu');
    expect(read.images).toEqual([
      { image: 'a.png', place: 'messages[1].content[1].image' },
      { image: 'b.png', place: 'messages[4].content[0].image' },
    ]);
    expect(read.turns.map(({ role, content }) => ({ role, content }))).toEqual([
      { role: 'user', content: [text('a'), place] },
      { role: 'assistant', content: [text('b')] },
      { role: 'user', content: [place, text('c')] },
    ]);
  });

  it('joins messages of one role in a row, begins with an answer, and takes null for an answer without text', () => {
    const { turns, images } = readInput({
      messages: [
        { role: 'assistant', content: 'Welcome.' },
        { role: 'user', content: [image] },
        { role: 'user', content: 'What is it?' },
        { role: 'assistant', content: null },
        { role: 'user', content: '' },
        { role: 'system', content: 's' },
        { role: 'user', content: 'And now?' },
      ],
    });
    expect(turns.map(({ role, content }) => ({ role, content }))).toEqual([
      { role: 'assistant', content: [text('Welcome.')] },
      { role: 'user', content: [place, text('What is it?')] },
      { role: 'assistant', content: [text('')] },
      { role: 'user', content: [text(''), text('And now?')] },
    ]);
    expect(images).toEqual([{ image: 'a.png', place: 'messages[1].content[0].image' }]);
  });

  it.each<[unknown, string]>([
    [{}, 'prompt is undefined, not a string.'],
    [{ prompt: null }, 'prompt is null, not a string.'],
    [{ prompt: '  ' }, 'The prompt is empty.'],
    [{ prompt: 'a', images: 'a.png' }, 'images is not a list.'],
    [{ prompt: 'a', messages: [] }, 'Both messages and prompt were given.'],
    [{ messages: [{ role: 'user', content: 'a' }], images: [] }, 'Both messages and images were given.'],
    [{ messages: [{ role: 'user', content: 'a' }], system: 's' }, 'Both messages and system were given.'],
    [{ messages: 'a' }, 'messages is not a list of at least one message.'],
    [{ messages: [] }, 'messages is not a list of at least one message.'],
    [{ messages: [null] }, 'messages[0] has the role undefined.'],
    [{ messages: [{ role: 'tool', content: 'a' }] }, 'messages[0] has the role "tool".'],
    [{ messages: [{ role: 'system', content: 'a' }] }, 'messages holds only system messages.'],
    [{ messages: [{ role: 'user', content: 7 }] }, 'messages[0].content is number.'],
    [{ messages: [{ role: 'user' }] }, 'messages[0].content is undefined.'],
    [{ messages: [{ role: 'user', content: null }] }, 'messages[0] is empty.'],
    [{ messages: [{ role: 'user', content: [] }] }, 'messages[0] is empty.'],
    [{ messages: [{ role: 'user', content: ['a'] }] }, 'messages[0].content[0] is neither a text nor an image part.'],
    [{ messages: [{ role: 'user', content: [{ type: 'image' }] }] }, 'messages[0].content[0] has the type "image" without its image.'],
    [
      { messages: [{ role: 'user', content: [text('a'), { type: 'input_audio' }] }] },
      'messages[0].content[1] has the type "input_audio", which no model here can be shown.',
    ],
    [{ messages: [{ role: 'assistant', content: [image] }] }, 'messages[0].content[0] is an image; only user messages hold images.'],
    [
      {
        messages: [
          { role: 'user', content: 'a' },
          { role: 'assistant', content: 'b' },
          { role: 'assistant', content: 'c' },
        ],
      },
      'The conversation ends with the assistant (messages[1]).',
    ],
    [
      {
        messages: [
          { role: 'user', content: 'a' },
          { role: 'assistant', content: 'b' },
          { role: 'user', content: '' },
        ],
      },
      'messages[2] is empty.',
    ],
  ])('refuses by name what is left over: %#', (input, message) => {
    expect(() => readInput(input as PromptInput)).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message,
        hint: expect.any(String),
        param: expect.stringMatching(/^(prompt|images|system|messages)/),
      }),
    );
  });
});

describe('questionOf', () => {
  it.each<[PromptInput, string]>([
    [{ prompt: ' Read. ', images: ['a.png'] }, 'Read.'],
    [{ prompt: '<image>\nRead.', images: ['a.png'] }, 'Read.'],
    [{ messages: [{ role: 'user', content: [text('a'), image, text('b')] }] }, 'a\nb'],
    [
      {
        messages: [
          { role: 'user', content: [image] },
          { role: 'user', content: 'b' },
        ],
      },
      'b',
    ],
  ])('is the words of the last turn: %#', (input, question) => {
    expect(questionOf(readInput(input))).toBe(question);
  });
});
