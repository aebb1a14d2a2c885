import type { PlacedContent } from './arrange-content.ts';
import type { ContentPart } from './chat-template.ts';

/** Text to put around a question, such as the instruction of a schema. Either may be empty. */
export interface QuestionFrame {
  readonly before: string;
  readonly after: string;
}

/** The words of a turn without its pictures, a line for each text. */
export function textOf(content: readonly ContentPart[]): string {
  return content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
}

/**
 * Puts a frame around the words of a turn: before its first text and after its last one, each on lines of its own. Pictures stay where they
 * are, so those before the text stay before it. A turn without words gets the frame behind its pictures.
 */
export function frameQuestion({ content, isLaidOut }: PlacedContent, { before, after }: QuestionFrame): PlacedContent {
  const first = content.findIndex(hasWords);
  if (first === -1) {
    const pictures = content.filter((part) => part.type === 'image');
    const frame = joinLines(before, after);
    return { content: [...pictures, text(isLaidOut ? `\n${frame}` : frame)], isLaidOut };
  }
  const last = content.findLastIndex(hasWords);
  const framed = content.map((part, index) => {
    if (part.type === 'image') return part;
    const opened = index === first ? open(before, part.text, isLaidOut, first > 0) : part.text;
    return text(index === last && after !== '' ? joinLines(opened.trimEnd(), after) : opened);
  });
  return { content: framed, isLaidOut };
}

function open(before: string, words: string, isLaidOut: boolean, isBehindPicture: boolean): string {
  if (!isLaidOut) return joinLines(before, words.trimStart());
  if (before === '') return words;
  // The white space that sets the words off from a picture stays between the two.
  const seam = isBehindPicture ? /^\s*/.exec(words)?.[0] || '\n' : '';
  return `${seam}${joinLines(before, words.trimStart())}`;
}

function joinLines(...lines: readonly string[]): string {
  return lines.filter((line) => line !== '').join('\n');
}

function hasWords(part: ContentPart): boolean {
  return part.type === 'text' && part.text.trim() !== '';
}

function text(content: string): ContentPart {
  return { type: 'text', text: content };
}
