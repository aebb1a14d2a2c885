import { describe, expect, it } from 'vitest';
import { StreamTrimmer, showControls } from '../../../src/terminal/terminal-text.ts';

const trim = (pieces: readonly string[]): readonly string[] => {
  const trimmer = new StreamTrimmer();
  return pieces.map((piece) => trimmer.push(piece));
};

describe('text for terminals', () => {
  it('drops white space before the text and holds it back after, until more text follows', () => {
    expect(trim([' ', '\n a', ' ', '', '\nb', '  '])).toEqual(['', 'a', '', '', ' \nb', '']);
  });

  it('shows nothing of a text that is all white space', () => {
    expect(trim(['  ', '\n', '\t'])).toEqual(['', '', '']);
  });

  it('makes control characters harmless and keeps tabs, lines and other scripts', () => {
    expect(showControls('a\u001b[2Jb\u0007\u009bc\td\né日😀')).toBe('a\uFFFD[2Jb\uFFFD\uFFFDc\td\né日😀');
  });
});
