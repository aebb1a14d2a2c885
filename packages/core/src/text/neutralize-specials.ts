const zeroWidthJoiner = '\u200d';

export interface NeutralizedText {
  /** The text, looking the same on screen. */
  readonly text: string;
  /** The names that stood in it, each once, in order of appearance. */
  readonly found: readonly string[];
}

/**
 * Breaks every special name a foreign text spells by putting a zero-width joiner (U+200D) after its first character, so that no later reader
 * takes `<|end|>` in a document for the end of the message.
 */
export function neutralizeSpecials(text: string, specials: readonly string[]): NeutralizedText {
  const found: string[] = [];
  const names = specials.filter((name) => name !== '').sort((a, b) => b.length - a.length);
  if (!names.some((name) => text.includes(name))) return { text, found };
  let result = '';
  let position = 0;
  // One step per character, so that names which overlap are all broken.
  while (position < text.length) {
    const name = names.find((candidate) => text.startsWith(candidate, position));
    const character = String.fromCodePoint(text.codePointAt(position) as number);
    result += name === undefined ? character : character + zeroWidthJoiner;
    if (name !== undefined && !found.includes(name)) found.push(name);
    position += character.length;
  }
  return { text: result, found };
}
