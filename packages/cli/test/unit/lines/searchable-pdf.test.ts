import { expect, test } from 'vitest';
import { SearchablePdf } from '../../../src/lines/searchable-pdf.ts';

test('makes no page of a PDF larger than viewers show', async () => {
  const parts: Uint8Array[] = [];
  const pdf = new SearchablePdf({ write: async (bytes) => void parts.push(bytes) });
  await pdf.begin();
  for (const [wide, high] of [
    [1000, 60_000],
    [60_000, 1000],
    [1000, 2000],
  ] as const)
    await pdf.addPage({ width: wide, height: high, lines: [] });
  await pdf.end();
  const sizes = [
    ...Buffer.concat(parts)
      .toString('latin1')
      .matchAll(/\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/g),
  ];
  expect(sizes.map(([, x, y]) => [Number(x), Number(y)])).toEqual([
    [240, 14_400],
    [14_400, 240],
    [360, 720],
  ]);
});
