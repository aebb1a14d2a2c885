import { foldText } from '../../lines/locate/fold-text.ts';

/** A line of a reading, or a part of a long one. */
export interface ReadingLine {
  readonly text: string;
  /** Its first character in the reading. */
  readonly at: number;
  /** Folded letters of its cells; one for a line that is no row of a table. */
  readonly cells: readonly string[];
  readonly words: readonly ReadingWord[];
  /** Whether it was cut from a longer line, such as a paragraph. */
  readonly isPart: boolean;
}

/** A word of a line. */
export interface ReadingWord {
  /** Its letters, folded; never none. */
  readonly letters: string;
  /** Where it stands in the text of its line, and where it ends. */
  readonly from: number;
  readonly to: number;
}

/** Letters of a part of a long line: as long as printed lines get. Paragraphs are one line in many readings. */
const longestPart = 120;

const tag = /<\/?[a-z][^<>]{0,200}>/gi;
const entities: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&nbsp;': ' ' };

/** The lines of a reading with something to compare, in order. Marks of tables and headings are set aside; rows of HTML stand for lines. */
export function splitReading(text: string): readonly ReadingLine[] {
  const lines: ReadingLine[] = [];
  for (const { line, at } of linesOf(text)) {
    const isPart = line.length > longestPart;
    for (const part of cutLong(line)) lines.push(makeLine(part.text, at + part.at, isPart));
  }
  return lines.filter(({ cells }) => cells.length > 0);
}

/** A run of a line's words as a line of its own. */
export function takeWords({ text, at, words, isPart }: ReadingLine, from: number, to: number): ReadingLine {
  const [first, last] = [words[from] as ReadingWord, words[to - 1] as ReadingWord];
  return makeLine(text.slice(first.from, last.to), at + first.from, isPart);
}

function makeLine(text: string, at: number, isPart: boolean): ReadingLine {
  const plain = withoutTags(text);
  const words = [...plain.matchAll(/[^\s|]+/g)].map(({ 0: word, index }): ReadingWord => {
    return { letters: foldText(readEntities(word)), from: index, to: index + word.length };
  });
  const cells = plain.split(/[|\t]|\s{3,}/).map((cell) => foldText(readEntities(cell)));
  return { text, at, cells: cells.filter((cell) => cell !== ''), words: words.filter(({ letters }) => letters !== ''), isPart };
}

function* linesOf(text: string): Iterable<{ readonly line: string; readonly at: number }> {
  let at = 0;
  for (const line of text.split(/(?<=\n|<\/tr>|<br\s?\/?>|<\/p>)/i)) {
    const lead = line.length - line.trimStart().length;
    if (line.trim() !== '') yield { line: line.trim(), at: at + lead };
    at += line.length;
  }
}

function* cutLong(line: string): Iterable<{ readonly text: string; readonly at: number }> {
  let from = 0;
  while (line.length - from > longestPart) {
    const blank = line.lastIndexOf(' ', from + longestPart);
    const to = blank > from ? blank : from + longestPart;
    yield { text: line.slice(from, to), at: from };
    from = blank > from ? to + 1 : to;
  }
  if (from < line.length) yield { text: line.slice(from), at: from };
}

/** Tags as blanks of the same length; those of cells part them. */
function withoutTags(line: string): string {
  const blank = (sign: string) => (found: string) => sign.padEnd(found.length);
  return line.replace(/<\/?t[dh](?:\s[^<>]{0,200})?>/gi, blank('|')).replace(tag, blank(''));
}

function readEntities(text: string): string {
  return text.replace(/&(?:amp|lt|gt|quot|nbsp);/g, (entity) => entities[entity] ?? entity);
}
