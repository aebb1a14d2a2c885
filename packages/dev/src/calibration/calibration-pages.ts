import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSeededRandom } from '@h2ovl/core/internal/generation/seeded-random';
import sharp from 'sharp';
import { drawPage, type PageLine, type PageLook } from '../extraction/draw-page.ts';
import { cities, companies, givenNames, payments, products, streets, surnames } from '../extraction/words.ts';

/** Pages by which the forms of a vision plan are chosen, and pages by which a plan is judged. */
const counts = { choose: 4, judge: 24 } as const;
/** Drawings of the two never meet. */
const firstSeeds = { choose: 501, judge: 90_001 } as const;
const usage =
  'Usage: calibration-pages FOLDER\nDraws the pages that come with @h2ovl/core for measuring vision plans, and their index. Fonts of this machine are used.\n';

/** Draws the pages into a folder of their own; resolves to 0, or 2 for wrong usage. */
export async function main(argv: readonly string[]): Promise<number> {
  const [folder, ...rest] = argv;
  if (folder === undefined || rest.length > 0) {
    process.stderr.write(usage);
    return 2;
  }
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const pages: unknown[] = [];
  for (const use of ['choose', 'judge'] as const) {
    for (let index = 0; index < counts[use]; index += 1) {
      const { png, text } = await drawCalibrationPage(firstSeeds[use] + index);
      const file = `${use}-${String(index).padStart(2, '0')}.png`;
      await writeFile(join(folder, file), png);
      pages.push({ file, use, sha256: createHash('sha256').update(png).digest('hex'), text });
    }
  }
  await writeFile(join(folder, 'index.json'), `${JSON.stringify(pages, undefined, 2)}\n`);
  return 0;
}

/** A page of one tile, full of lines: names, addresses, numbers, dates and prices, as on business letters. */
async function drawCalibrationPage(seed: number): Promise<{ readonly png: Uint8Array; readonly text: string }> {
  const random = createSeededRandom(seed);
  const whole = (from: number, to: number): number => from + Math.floor(random() * (to - from + 1));
  const pick = <T>(from: readonly T[]): T => from[whole(0, from.length - 1)] as T;
  const digits = (count: number): string => Array.from({ length: count }, () => whole(0, 9)).join('');
  const price = (): string => `${whole(1, 990)}.${digits(2)}`;
  const date = (): string => `${whole(1, 28)} ${pick(['January', 'March', 'May', 'July', 'October', 'December'])} ${whole(2012, 2027)}`;
  const makers: readonly (() => PageLine)[] = [
    () => ({ left: `${pick(givenNames)} ${pick(surnames)}` }),
    () => ({ left: `${pick(streets)} ${whole(1, 99)}` }),
    () => ({ left: `${digits(5)} ${pick(cities)}` }),
    () => ({ left: 'Date:', right: date() }),
    () => ({ left: `${pick(['Customer ref.', 'Order', 'Phone:', 'Account'])}`, right: digits(8) }),
    () => ({ left: pick(products), middle: String(whole(1, 9)), right: price() }),
    () => ({ left: pick(products), right: price() }),
    () => ({ left: 'Paid:', right: pick(payments) }),
  ];
  const head: PageLine = { left: pick(companies), right: pick(['Invoice', 'Receipt', 'Order', 'Letter']), size: 'large' };
  const lines: PageLine[] = [
    head,
    ...Array.from({ length: 12 }, () => ({ ...pick(makers)(), ...(whole(0, 3) === 0 && { size: 'small' as const }) })),
  ];
  lines.push({ left: 'Total:', right: `$${price()}`, size: 'large' });
  const look: PageLook = {
    font: pick(['Liberation Sans', 'DejaVu Sans', 'Liberation Serif', 'DejaVu Serif', 'Liberation Sans Narrow']),
    isBold: whole(0, 3) === 0,
    ink: pick(['#000000', '#1f2328', '#24335c', '#3b2a20']),
    paper: pick(['#ffffff', '#ffffff', '#fbf8ee', '#eef4fb']),
  };
  const drawn = await drawPage(lines, look);
  // 64 colours are enough for ink, paper and what lies between them.
  const png = await sharp(drawn).png({ palette: true, colours: 64, dither: 0, effort: 10 }).toBuffer();
  const text = lines.map(({ left, middle, right }) => [left, middle, right].filter((part) => part !== undefined).join(' ')).join('\n');
  return { png, text };
}
