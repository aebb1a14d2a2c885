import type { ContentPart } from './chat-template.ts';
import { imageMark } from './image-placeholders.ts';

/** The content of one turn, and whether its author has said where each picture stands. */
export interface PlacedContent {
  readonly content: readonly ContentPart[];
  /** The pictures were placed by marks in the text: nothing is moved or added. */
  readonly isLaidOut: boolean;
}

/**
 * Reads `<image>` in the texts of a turn as the model cards write it: the place of the next picture. This holds when there are as many marks
 * as pictures; otherwise the marks are characters like any others, and the pictures stay where their parts are.
 */
export function placeByMarks(content: readonly ContentPart[]): PlacedContent {
  const pieces = content.flatMap((part) => (part.type === 'text' ? [part.text.split(imageMark)] : []));
  const markCount = pieces.reduce((sum, piece) => sum + piece.length - 1, 0);
  const imageCount = content.filter((part) => part.type === 'image').length;
  if (markCount === 0 || markCount !== imageCount) return { content, isLaidOut: false };
  const placed = joinTexts(content.filter((part) => part.type === 'text')).flatMap((part) =>
    part.type === 'text' ? splitAtMarks(part.text) : [part],
  );
  return { content: placed, isLaidOut: true };
}

/**
 * The content of a turn in the order the models were shown. One picture stands before all text, wherever it was put. Several pictures that
 * stand together before or after the text get a line `Image-1: <image>` each, before the text. Pictures between texts stay where they are.
 * A line end separates a picture from what stands beside it, and two texts from each other, unless there is white space already.
 */
export function arrangeContent(content: readonly ContentPart[]): readonly ContentPart[] {
  const imageCount = content.filter((part) => part.type === 'image').length;
  if (imageCount > 1 && isInterleaved(content)) return separateImages(joinTexts(content));
  const text = joinTexts(content.filter((part) => part.type === 'text' && !isBlank(part)));
  if (imageCount === 0) return text.length > 0 ? text : joinTexts(content);
  const pictures = imageCount === 1 ? [picture] : numberedLines(imageCount);
  return [...pictures, ...text.flatMap((part) => (startsWithLineEnd(part) ? [part] : [lineEnd, part]))];
}

const picture: ContentPart = { type: 'image' };
const lineEnd: ContentPart = { type: 'text', text: '\n' };

/** Joins neighbouring texts, with a line end where neither brings white space. Empty texts count as absent. */
export function joinTexts(content: readonly ContentPart[]): readonly ContentPart[] {
  const result: ContentPart[] = [];
  for (const part of content) {
    const before = result.at(-1);
    if (part.type === 'text' && part.text === '') continue;
    if (part.type === 'text' && before?.type === 'text') {
      result[result.length - 1] = { type: 'text', text: `${before.text}${isSpaced(before, part) ? '' : '\n'}${part.text}` };
    } else result.push(part);
  }
  return result;
}

/** Whether a text stands between two pictures, or a picture between two texts. */
function isInterleaved(content: readonly ContentPart[]): boolean {
  const types = content.filter((part) => part.type === 'image' || !isBlank(part)).map((part) => part.type);
  return types.filter((type, index) => index > 0 && type !== types[index - 1]).length > 1;
}

function numberedLines(imageCount: number): readonly ContentPart[] {
  return Array.from({ length: imageCount }, (_, index): readonly ContentPart[] => [
    { type: 'text', text: `${index === 0 ? '' : '\n'}Image-${index + 1}: ` },
    picture,
  ]).flat();
}

function separateImages(content: readonly ContentPart[]): readonly ContentPart[] {
  return content.flatMap((part, index) => {
    const before = content[index - 1];
    return before === undefined || isSpaced(before, part) ? [part] : [lineEnd, part];
  });
}

function splitAtMarks(text: string): readonly ContentPart[] {
  return text
    .split(imageMark)
    .flatMap((piece, index): readonly ContentPart[] => [
      ...(index === 0 ? [] : [picture]),
      ...(piece === '' ? [] : [{ type: 'text', text: piece } as const]),
    ]);
}

/** Whether the seam of two parts has white space: ["Image-1: ", picture] is laid out by its author. */
function isSpaced(before: ContentPart, after: ContentPart): boolean {
  return (before.type === 'text' && /\s$/.test(before.text)) || (after.type === 'text' && /^\s/.test(after.text));
}

function isBlank(part: ContentPart): boolean {
  return part.type === 'text' && part.text.trim() === '';
}

function startsWithLineEnd(part: ContentPart): boolean {
  return part.type === 'text' && /^\r?\n/.test(part.text);
}
