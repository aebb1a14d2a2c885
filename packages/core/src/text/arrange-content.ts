import type { ContentPart } from './chat-template.ts';

/**
 * The content of a message given in the short form, a question and images without an order: the words the models were shown.
 * One image: `<image>\n{question}`. Several: a line `Image-1: <image>` for each, then the question.
 */
export function arrangeShortForm(question: string, imageCount: number): readonly ContentPart[] {
  if (imageCount === 0) return [{ type: 'text', text: question }];
  if (imageCount === 1) return [{ type: 'image' }, { type: 'text', text: `\n${question}` }];
  const lines = Array.from({ length: imageCount }, (_, index): readonly ContentPart[] => [
    { type: 'text', text: `${index === 0 ? '' : '\n'}Image-${index + 1}: ` },
    { type: 'image' },
  ]);
  return [...lines.flat(), { type: 'text', text: `\n${question}` }];
}

/**
 * Puts a line end between an image and what stands beside it, text or another image, as the models' own prompts have it: [image, "Read it."]
 * reads `<image>\nRead it.`. Where the text already has white space at the seam the caller has set the layout, and it stays as it is:
 * ["Image-1: ", image] reads `Image-1: <image>`. Empty texts count as absent. Texts side by side are joined without anything between.
 */
export function separateImages(content: readonly ContentPart[]): readonly ContentPart[] {
  const result: ContentPart[] = [];
  for (const part of content) {
    if (part.type === 'text' && part.text === '') continue;
    const before = result.at(-1);
    if (before !== undefined && needsLineEnd(before, part)) result.push({ type: 'text', text: '\n' });
    result.push(part);
  }
  return result;
}

function needsLineEnd(before: ContentPart, after: ContentPart): boolean {
  if (before.type === 'text' && after.type === 'text') return false;
  const isLaidOut = (before.type === 'text' && /\s$/.test(before.text)) || (after.type === 'text' && /^\s/.test(after.text));
  return !isLaidOut;
}
