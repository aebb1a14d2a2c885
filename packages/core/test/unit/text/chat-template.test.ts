import { describe, expect, it } from 'vitest';
import { applyChatTemplate, type ChatTurn, promptToText, roleMarks } from '../../../src/text/chat-template.ts';

const user = (text: string): ChatTurn => ({ role: 'user', content: [{ type: 'text', text }] });
const assistant = (text: string): ChatTurn => ({ role: 'assistant', content: [{ type: 'text', text }] });
const textOf = (...turns: ChatTurn[]): string => promptToText(applyChatTemplate(turns, 'h2ogpt2'));

describe('applyChatTemplate', () => {
  it('puts one question between the marks, with nothing added', () => {
    expect(textOf(user(' Hi\n'))).toBe('<|prompt|> Hi\n<|end|><|answer|>');
  });

  it('puts earlier answers in their places', () => {
    expect(textOf(user('a'), assistant('b'), user('c'))).toBe('<|prompt|>a<|end|><|answer|>b<|end|><|prompt|>c<|end|><|answer|>');
  });

  it('begins with an answer where the conversation does', () => {
    expect(textOf(assistant('a'), user('b'))).toBe('<|answer|>a<|end|><|prompt|>b<|end|><|answer|>');
  });

  it('names its own marks', () => {
    expect(roleMarks('h2ogpt2')).toEqual(['<|prompt|>', '<|answer|>']);
    expect(() => roleMarks('chatml')).toThrow(expect.objectContaining({ code: 'MODEL_UNSUPPORTED' }));
  });

  it('keeps an empty earlier answer', () => {
    expect(textOf(user('a'), assistant(''), user('c'))).toBe('<|prompt|>a<|end|><|answer|><|end|><|prompt|>c<|end|><|answer|>');
  });

  it('leaves an image where it stands and keeps its place in the parts', () => {
    const parts = applyChatTemplate([{ role: 'user', content: [{ type: 'text', text: 'a' }, { type: 'image' }] }], 'h2ogpt2');
    expect(parts).toEqual([
      { type: 'text', text: '<|prompt|>' },
      { type: 'text', text: 'a' },
      { type: 'image' },
      { type: 'special', token: '<|end|>' },
      { type: 'text', text: '<|answer|>' },
    ]);
    expect(promptToText(parts)).toBe('<|prompt|>a<image><|end|><|answer|>');
  });

  it.each<[string, ChatTurn[], RegExp]>([
    ['no messages', [], /no messages/],
    ['two questions in a row', [user('a'), user('b')], /Turn 2 of 2 has the role of the one before it/],
    ['an answer last', [user('a'), assistant('b')], /The last of 2 turns is the assistant's/],
    ['a role from outside', [{ role: 'system', content: [] } as unknown as ChatTurn], /the role "system"/],
    ['an empty question', [user('')], /Turn 1 of 1 is empty/],
    ['a question without parts', [{ role: 'user', content: [] }], /Turn 1 of 1 is empty/],
    ['an image in an answer', [user('a'), { role: 'assistant', content: [{ type: 'image' }] }, user('b')], /Turn 2 of 3 .* holds an image/],
  ])('refuses %s as INVALID_ARGUMENT', (_, turns, message) => {
    expect(() => textOf(...turns)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(message) }));
  });

  it.each(['chatml', '', 'toString', '__proto__'])('refuses the template %j as MODEL_UNSUPPORTED and names those it has', (template) => {
    expect(() => applyChatTemplate([user('a')], template)).toThrow(
      expect.objectContaining({ code: 'MODEL_UNSUPPORTED', message: expect.stringContaining('h2ogpt2') }),
    );
  });
});
