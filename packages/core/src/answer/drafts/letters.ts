/** A text as it is compared: no blanks, no case, no accents, one kind of dash and of quote; each letter with the place where it ends in the text. */
export interface Letters {
  readonly letters: string;
  /** Characters of the text up to and with each letter. */
  readonly ends: readonly number[];
}

const dashes = /\p{Pd}|−/u;
const doubleQuotes = /[“”„‟«»″]/u;
const quotes = /[‘’‚‛‹›′`´]/u;

/** The letters of a text, about `most` of them; a character that stands for several (a ligature) is several. */
export function lettersOf(text: string, most: number = Number.POSITIVE_INFINITY): Letters {
  let letters = '';
  const ends: number[] = [];
  let at = 0;
  for (const character of text) {
    if (letters.length >= most) break;
    at += character.length;
    const plain = plainOf(character);
    letters += plain;
    for (let i = 0; i < plain.length; i += 1) ends.push(at);
  }
  return { letters, ends };
}

function plainOf(character: string): string {
  if (character.charCodeAt(0) < 128) return character.trim().toLowerCase();
  if (dashes.test(character)) return '-';
  if (doubleQuotes.test(character)) return '"';
  if (quotes.test(character)) return "'";
  return character
    .normalize('NFKD')
    .replace(/[\p{M}\s]/gu, '')
    .toLowerCase();
}
