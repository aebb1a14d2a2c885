import { expect, it } from 'vitest';
import type { Message, PromptInput } from '../../src/index.ts';
import { ownInput } from '../../src/own-input.ts';

it('copies lists, messages and bytes, so that the caller may change theirs', () => {
  const bytes = Buffer.from([1, 2, 3]);
  const buffer = new Uint8Array([4, 5]).buffer;
  const url = new URL('file:///a.png');
  const images = [bytes, buffer, url, 'b.png'];
  const own = ownInput({ prompt: 'Read.', images });
  bytes.fill(0);
  new Uint8Array(buffer).fill(0);
  url.pathname = '/other.png';
  images.length = 0;
  const [first, second, third, fourth] = own.images ?? [];
  expect([...(first as Uint8Array)]).toEqual([1, 2, 3]);
  expect([...new Uint8Array(second as ArrayBuffer)]).toEqual([4, 5]);
  expect([String(third), fourth]).toEqual(['file:///a.png', 'b.png']);
});

it('does so in messages, too', () => {
  const image = new Uint8Array([1]);
  const messages: Message[] = [
    {
      role: 'user',
      content: [
        { type: 'image', image },
        { type: 'text', text: 'Read.' },
      ],
    },
  ];
  const own = ownInput({ messages });
  image[0] = 9;
  messages.push({ role: 'assistant', content: null });
  expect(own.messages).toEqual([
    {
      role: 'user',
      content: [
        { type: 'image', image: new Uint8Array([1]) },
        { type: 'text', text: 'Read.' },
      ],
    },
  ]);
});

it.each([{ prompt: 'x', images: 'one.png' }, { messages: [null, 1, { role: 'user', content: [null, 3] }] }, { prompt: 3 }])(
  'leaves %j for the check that names it',
  (input) => {
    expect(ownInput(input as unknown as PromptInput)).toEqual(input);
  },
);
