import { afterAll, expect, test } from 'vitest';
import { addScore, editDistance, emptyScore } from '../../../../dev/src/lines-trial/score-page.ts';
import { nanoPages } from '../../../../dev/src/testing/nano-samples.ts';
import { openDocument } from '../../../src/documents/open-document.ts';
import { closeLineReader, readLines } from '../../../src/lines/read-lines.ts';

afterAll(closeLineReader);

/** The drawn pages that come along with nano, every third of those to be read. */
const pages = nanoPages
  .filter(({ question, answer }) => question === 'Read the text in the image.' && answer !== '')
  .filter((_, index) => index % 3 === 0);

test('reads printed pages with few faults, whichever way they lie', async () => {
  const score = emptyScore();
  for (const { path, answer } of pages) {
    await using document = await openDocument(path);
    const { text, width, height, lines } = await readLines(await document.page(1));
    const truth = answer.replace(/\s+/g, ' ').trim();
    const read = text.replace(/\s+/g, ' ').trim();
    addScore(score, {
      ...emptyScore(),
      edits: Math.min(truth.length, editDistance(truth.toLowerCase(), read.toLowerCase())),
      letters: truth.length,
    });
    for (const corner of lines.flatMap(({ words }) => words.flatMap(({ box }) => box))) {
      expect(corner[0]).toBeGreaterThan(-0.1 * width);
      expect(corner[0]).toBeLessThan(1.1 * width);
      expect(corner[1]).toBeGreaterThan(-0.1 * height);
      expect(corner[1]).toBeLessThan(1.1 * height);
    }
  }
  console.log(`letters in error: ${score.edits} of ${score.letters} on ${pages.length} pages`);
  expect(score.edits / score.letters).toBeLessThan(0.08);
});
