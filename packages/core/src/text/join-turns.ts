import type { ChatTurn } from './chat-template.ts';

/** Turns of one role in a row as one turn: the models know only turns that alternate. Contents follow each other; what else a turn carries is the first one's. */
export function joinTurns<T extends ChatTurn>(turns: readonly T[]): readonly T[] {
  const result: T[] = [];
  for (const turn of turns) {
    const before = result.at(-1);
    if (before?.role === turn.role) result[result.length - 1] = { ...before, content: [...before.content, ...turn.content] };
    else result.push(turn);
  }
  return result;
}
