import type { LineBox, PageLines, TextLine } from '@h2ovl/contract';
import { expect, test } from 'vitest';
import { writeHocr } from '../../../src/lines/write-hocr.ts';

test('writes hOCR whose boxes stay on the page, and says how lines run that do not run to the right', async () => {
  const slanted: LineBox = [
    [-4, 10],
    [196, 30],
    [194, 54],
    [-6, 34],
  ];
  const upward: LineBox = [
    [380, 190],
    [380, 20],
    [412, 20],
    [412, 190],
  ];
  const lines = [slanted, upward].map(
    (box): TextLine => ({
      text: 'ab\u0001c\ud800\uffff',
      confidence: 0.9,
      box,
      height: 24,
      words: [{ text: 'ab\u0001c\ud800\uffff', box }],
    }),
  );
  const page: PageLines = {
    width: 400,
    height: 200,
    rotation: 90,
    rotationMargin: 0.9,
    hasText: true,
    lines,
    text: '',
    unreadable: 0,
    warnings: [],
  };
  const written = writeHocr('odd.png', [{ number: 1, lines: page }], '1.2.3');
  const titles = [...written.matchAll(/class="ocr_line" id="\w+" title="([^"]*)"/g)].map(([, title]) => title);
  // The lower side runs from (-6, 34) to (194, 54): at the left edge of the page it is at 34.6, and the baseline 5.3 above it.
  expect(titles).toEqual(['bbox 0 10 196 54; baseline 0.1 -24.7; x_size 24.0', 'bbox 380 20 400 190; textangle 90; x_size 24.0']);
  expect(written).toContain('>abc</span>');
  expect(written).toContain('content="ocr_page ocr_line ocrx_word ocrp_wconf"');
});
