import { describe, expect, test } from 'vitest';
import { makePdf, type PdfItem, type PdfPage } from '../../../../dev/src/testing/pdf/make-pdf.ts';
import { completeXrefStream } from '../../../src/documents/pdf/complete-xref-stream.ts';
import { openDocument } from '../../../src/index.ts';
import { makeStreamPdf } from './make-stream-pdf.ts';

const words = (text: string, renderMode = 3): PdfItem => ({ type: 'text', text, x: 40, y: 60, size: 20, renderMode });
const black = (x: number, y: number, width: number, height: number): PdfItem => ({ type: 'box', x, y, width, height, color: [0, 0, 0] });
const scan: PdfPage = { items: [black(20, 150, 50, 10)], width: 300, height: 200 };

async function layOver(
  base: Uint8Array,
  over: readonly PdfPage[],
  { pages, password }: { readonly pages?: readonly number[]; readonly password?: string } = {},
): Promise<{ readonly bytes: Buffer; readonly warnings: readonly string[] }> {
  await using document = await openDocument(base, { password });
  const parts: Uint8Array[] = [];
  const overlay = { pdf: makePdf({ pages: over }), pages: pages ?? over.map((_, index) => index + 1) };
  const { warnings } = await document.writeOverlaid(overlay, async (bytes) => {
    parts.push(bytes);
  });
  return { bytes: Buffer.concat(parts), warnings };
}

async function look(pdf: Uint8Array, number: number, password?: string) {
  await using document = await openDocument(pdf, { password, dpi: 72 });
  const page = await document.page(number);
  const layer = await page.textLayer();
  const { width, height, data } = await page.render();
  return { width, height, data, hidden: layer?.hidden.map(({ text }) => text).join(' ') };
}

/** The rectangle that holds everything dark, in pixels. */
function darkPart({ width, height, data }: { width: number; height: number; data: Uint8Array }): number[] {
  const bounds = [width, height, 0, 0];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if ((data[(y * width + x) * 3] as number) > 128) continue;
      bounds[0] = Math.min(bounds[0] as number, x);
      bounds[1] = Math.min(bounds[1] as number, y);
      bounds[2] = Math.max(bounds[2] as number, x + 1);
      bounds[3] = Math.max(bounds[3] as number, y + 1);
    }
  }
  return bounds;
}

/** To a pixel: edges are blurred. */
function expectUpperLeftQuarter(seen: { width: number; height: number; data: Uint8Array }): void {
  const [left, top, right, bottom] = darkPart(seen) as [number, number, number, number];
  expect([left, top]).toEqual([0, 0]);
  expect(Math.abs(right - seen.width / 2)).toBeLessThanOrEqual(1);
  expect(Math.abs(bottom - seen.height / 2)).toBeLessThanOrEqual(1);
}

describe('pages laid over those of a PDF', () => {
  test('are there, and the file stays as it was, byte for byte and to the eye', async () => {
    const base = makePdf({ pages: [scan, scan, scan] });
    const { bytes, warnings } = await layOver(
      base,
      [
        { ...scan, items: [words('found')] },
        { ...scan, items: [words('later')] },
      ],
      {
        pages: [1, 3],
      },
    );
    expect(warnings).toEqual([]);
    expect(bytes.subarray(0, base.length).equals(base)).toBe(true);
    for (const [number, hidden] of [
      [1, 'found'],
      [2, ''],
      [3, 'later'],
    ] as const) {
      const [before, after] = [await look(base, number), await look(bytes, number)];
      expect(after.hidden).toBe(hidden);
      expect(after.data).toEqual(before.data);
    }
  });

  // What stands in the overlay is where the page shows it: a bar over the upper left quarter.
  test.each([
    ['upright', {}],
    ['turned by 90 degrees', { rotate: 90 }],
    ['turned by 180 degrees', { rotate: 180 }],
    ['turned by 270 degrees', { rotate: 270 }],
    ['cut', { cropBox: [50, 20, 250, 120] }],
    ['cut and turned', { cropBox: [50, 20, 250, 120], rotate: 270 }],
  ] as const)('lie where they are seen on a page that is %s', async (_, shape) => {
    const { bytes } = await layOver(makePdf({ pages: [{ items: [], width: 300, height: 200, ...shape }] }), [
      { items: [black(0, 50, 100, 50)], width: 200, height: 100 },
    ]);
    expectUpperLeftQuarter(await look(bytes, 1));
  });

  test('lie where they are seen on a page that leaves its own scale behind', async () => {
    const base = makeStreamPdf('0.5 0 0 0.5 30 30 cm 1 0 0 rg 0 0 1 1 re f');
    const { bytes } = await layOver(base, [{ items: [black(0, 50, 100, 50)], width: 200, height: 100 }]);
    expectUpperLeftQuarter(await look(bytes, 1));
  });

  test.each(['rc4-128', 'aes-128', 'aes-256'] as const)('are encrypted as the file is: %s', async (cipher) => {
    const password = 'secret';
    const { bytes } = await layOver(makePdf({ pages: [scan], password, cipher }), [{ ...scan, items: [words('found')] }], { password });
    expect((await look(bytes, 1, password)).hidden).toBe('found');
    await expect(openDocument(bytes)).rejects.toMatchObject({ code: 'DOCUMENT_ENCRYPTED' });
    expect(bytes.includes('found')).toBe(false);
  });

  test("need the owner's password where the author allows no changes", async () => {
    const base = makePdf({ pages: [scan], password: 'reader', ownerPassword: 'owner' });
    await expect(layOver(base, [scan], { password: 'reader' })).rejects.toMatchObject({
      code: 'DOCUMENT_ENCRYPTED',
      hint: expect.stringContaining("owner's password"),
    });
    const { bytes } = await layOver(base, [{ ...scan, items: [words('found')] }], { password: 'owner' });
    expect((await look(bytes, 1, 'reader')).hidden).toBe('found');
  });

  test('come behind a file whose table of objects is a stream, in one that other programs read', async () => {
    const base = makeStreamPdf();
    const { bytes } = await layOver(base, [{ items: [words('found')], width: 300, height: 200 }]);
    expect(bytes.subarray(0, base.length).equals(base)).toBe(true);
    expect((await look(bytes, 1)).hidden).toBe('found');
    const place = Number(/startxref\s+(\d+)\s+%%EOF\s*$/.exec(bytes.toString('latin1'))?.[1]);
    const table = bytes.toString('latin1', place);
    expect(table).toMatch(/^(\d+) 0 obj\n<< \/Type \/XRef .*\/Index \[.* \1 1\].*endstream\nendobj\nstartxref/s);
  });

  test('come into a file that is written anew where its table of objects is damaged', async () => {
    const base = makePdf({ pages: [scan], xrefShift: 7 });
    const { bytes } = await layOver(base, [{ ...scan, items: [words('found')] }]);
    expect(bytes.subarray(0, base.length).equals(base)).toBe(false);
    expect((await look(bytes, 1)).hidden).toBe('found');
  });

  test('are refused by pictures, and by pages that are not there', async () => {
    const pixel = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
    await expect(layOver(pixel, [scan])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(layOver(makePdf({ pages: [scan] }), [scan], { pages: [2] })).rejects.toMatchObject({ code: 'PAGE_NOT_FOUND' });
  });
});

test('an end that is not as it is known is left to be written anew', () => {
  expect(completeXrefStream(Buffer.from('1 0 obj\n<<>>\nendobj\nstartxref\n100\n%%EOF\n'), 100)).toBeUndefined();
  expect(completeXrefStream(Buffer.from('nothing'), 100)).toBeUndefined();
  const table = Buffer.from('xref\n0 0\ntrailer\n<< >>\nstartxref\n100\n%%EOF\n');
  expect(completeXrefStream(table, 100)).toBe(table);
});
