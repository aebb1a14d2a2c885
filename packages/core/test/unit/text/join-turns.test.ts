import { expect, it } from 'vitest';
import type { ChatTurn } from '../../../src/text/chat-template.ts';
import { joinTurns } from '../../../src/text/join-turns.ts';

const turn = (role: ChatTurn['role'], text: string, message: number): ChatTurn & { message: number } => ({
  role,
  content: [{ type: 'text', text }],
  message,
});

it('joins turns of one role in a row, keeps their order and what the first one carries', () => {
  const turns = [turn('assistant', 'a', 0), turn('user', 'b', 1), turn('user', 'c', 2), turn('user', 'd', 3), turn('assistant', 'e', 4)];
  expect(joinTurns(turns)).toEqual([
    turn('assistant', 'a', 0),
    { role: 'user', content: [...['b', 'c', 'd'].map((text) => ({ type: 'text', text }))], message: 1 },
    turn('assistant', 'e', 4),
  ]);
});

it('leaves turns that alternate as they are', () => {
  const turns = [turn('user', 'a', 0), turn('assistant', 'b', 1), turn('user', 'c', 2)];
  expect(joinTurns(turns)).toEqual(turns);
  expect(joinTurns([])).toEqual([]);
});
