import { describe, expect, it } from 'vitest';
import { inOwnWords } from '../../../src/terminal/own-words.ts';

describe('sentences of the library', () => {
  it.each([
    ['Raise maxOutputTokens.', 'Raise --max-tokens.'],
    ['Raise maxPixels (in imageLimits for pictures of a prompt, in the options of a document).', 'Raise --max-pixels.'],
    ['Raise budgetMs, or lower maxOutputTokens.', 'Raise --page-budget, or lower --max-tokens.'],
    ['Lower the option tiles or send fewer images.', 'Lower --tiles or send fewer images.'],
    ['It is cut into 3 tiles.', 'It is cut into 3 tiles.'],
    ["Get it once: pullModel('2b')", 'Get it once: npx h2ovl pull 2b'],
    [
      "Check it: verifyStore(['a-1']), removeConverted('a-1') or pruneStore()",
      'Check it: npx h2ovl models verify a-1, npx h2ovl models rm a-1 or npx h2ovl models prune',
    ],
    [
      'Raise maxCacheBytes when the model is loaded, lower the option tiles or send fewer images.',
      'Raise --max-cache, lower --tiles or send fewer images.',
    ],
    ['Get it once with: h2ovl pull 2b', 'Get it once with: npx h2ovl pull 2b'],
    ['The server at h2ovl says no; see @h2ovl/core.', 'The server at h2ovl says no; see @h2ovl/core.'],
    ['/home/h2ovl models/x is gone; constructor', '/home/h2ovl models/x is gone; constructor'],
  ])('%j are told as %j', (sentence, expected) => {
    expect(inOwnWords(sentence, 'npx h2ovl')).toBe(expected);
  });
});
