import { expect, test } from 'vitest';
import { tellPicture } from '../../../src/mcp/tell-picture.ts';

const plain = { rotation: 0, inverted: false, straightenedBy: 0, grids: [{ columns: 2, rows: 3 }], scaleX: 0.612, scaleY: 0.612 } as const;

test('how a page was shown is one short line, which says no more than there is', () => {
  expect(tellPicture(undefined)).toBeUndefined();
  expect(tellPicture(plain)).toBe('2x3 tiles; scale 0.61');
  expect(tellPicture({ ...plain, smallestLinePx: 14.4, rotation: 270, straightenedBy: -2.1, inverted: true, scaleY: 0.8 })).toBe(
    '2x3 tiles; scale 0.61 across, 0.80 down; smallest line 14 px; turned by 270 degrees clockwise; straightened by -2.1 degrees; light and dark exchanged',
  );
  const part = { left: 0, top: 0, width: 9, height: 9 };
  const grids = [
    { columns: 1, rows: 1 },
    { columns: 2, rows: 3 },
  ];
  expect(tellPicture({ ...plain, grids, crops: [part, part] })).toBe('2 parts of 1x1, 2x3 tiles; scale 0.61');
  expect(tellPicture({ ...plain, grids: [...plain.grids, ...plain.grids], crops: [part, part] })).toBe('2 parts of 2x3 tiles; scale 0.61');
});
