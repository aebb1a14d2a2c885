import { repeat, svgPages } from '../lines-trial/draw-svg.ts';
import type { Random } from '../lines-trial/random.ts';

// Kinds that no rule was tried on: they are only looked at by the whole trial.

type Pages = Readonly<Record<string, () => Promise<Buffer>>>;

const [width, height] = [1000, 1400];

const svg = svgPages(width, height);

/** Pages without text. */
export function keptBlankPages(random: Random): Pages {
  const [x, y] = [() => random.between(0, width), () => random.between(0, height)];
  const grey = (): string => `rgb(${random.whole(120, 250)},${random.whole(120, 250)},${random.whole(120, 250)})`;
  return {
    'dark green': () => svg('', '#0b3d2e'),
    'two halves': () => svg(`<rect width="100%" height="700" fill="#ddd"/>`),
    'a frame': () => svg('<rect x="40" y="40" width="920" height="1320" fill="none" stroke="#333" stroke-width="6"/>'),
    'crop marks': () =>
      svg(
        '<path d="M0 60 H50 M60 0 V50 M950 60 H1000 M940 0 V50 M0 1340 H50 M60 1350 V1400 M950 1340 H1000 M940 1350 V1400" stroke="#000" stroke-width="2"/>',
      ),
    'a coffee ring': () =>
      svg('<circle cx="600" cy="900" r="150" fill="none" stroke="#a9743a" stroke-width="14" opacity="0.5"/>', '#fdfcf8'),
    scratches: () =>
      svg(
        repeat(
          40,
          () => `<path d="M${x()} ${y()} l${random.between(-200, 200)} ${random.between(-200, 200)}" stroke="${grey()}" stroke-width="1"/>`,
        ),
      ),
    blots: () => svg(repeat(12, () => `<circle cx="${x()}" cy="${y()}" r="${random.between(10, 60)}" fill="${grey()}"/>`)),
    'a ruled block': () => svg(repeat(24, (i) => `<path d="M100 ${200 + i * 45} H900" stroke="#88a" stroke-width="1"/>`)),
    'staff lines': () =>
      svg(repeat(10, (i) => repeat(5, (j) => `<path d="M80 ${120 + i * 130 + j * 14} H920" stroke="#222" stroke-width="2"/>`))),
    'squared paper': () =>
      svg(repeat(50, (i) => `<path d="M0 ${i * 28} H${width} M${i * 28} 0 V${height}" stroke="#bcd" stroke-width="1"/>`)),
    'a shadow at the edge': () =>
      svg(
        '<defs><linearGradient id="g" y2="1" x2="0"><stop offset="0" stop-color="#000" stop-opacity="0.6"/><stop offset="0.2" stop-color="#000" stop-opacity="0"/></linearGradient></defs><rect width="100%" height="100%" fill="url(#g)"/>',
      ),
    tape: () =>
      svg(
        '<rect x="350" y="-20" width="300" height="90" fill="#e9dca0" opacity="0.7"/><rect x="350" y="1330" width="300" height="90" fill="#e9dca0" opacity="0.7"/>',
      ),
    'a photo of hills': () =>
      svg(
        '<rect width="100%" height="600" fill="#9cf"/><path d="M0 700 Q250 400 500 650 T1000 600 V1400 H0 Z" fill="#585"/><path d="M0 900 Q300 700 600 900 T1000 850 V1400 H0 Z" fill="#363"/>',
      ),
    'pie chart': () =>
      svg(
        '<circle cx="500" cy="700" r="300" fill="#c55"/><path d="M500 700 L500 400 A300 300 0 0 1 760 850 Z" fill="#55c"/><path d="M500 700 L760 850 A300 300 0 0 1 300 920 Z" fill="#5a5"/>',
      ),
  };
}

/** Pages with hardly any text, by what stands on them. */
export function keptNearlyBlankPages(random: Random): Pages {
  const text = (value: string, x: number, y: number, size: number, look = ''): Promise<Buffer> =>
    svg(`<text x="${x}" y="${y}" font-size="${size}" font-family="Liberation Sans" ${look}>${value}</text>`);
  return {
    'page 3 of 12': () => text('3 / 12', 480, 1370, random.whole(16, 22)),
    'roman number': () => text('xiv', 490, 1370, 20),
    'a date at the top': () => text('12 March 2024', 740, 60, 18),
    'a pencil note': () => text('see file 7', 200, 700, 30, 'fill="#d4d4d4" font-style="italic"'),
    'a stamp': () =>
      svg(
        '<g transform="rotate(9 500 700)" opacity="0.8"><rect x="340" y="640" width="330" height="100" fill="none" stroke="#14a" stroke-width="7"/><text x="365" y="710" font-size="52" font-family="Liberation Sans" font-weight="bold" fill="#14a">COPY 2024</text></g>',
      ),
    'white on black': () => svg('<text x="380" y="700" font-size="34" font-family="Liberation Sans" fill="#fff">The end.</text>', '#000'),
    'a small footer': () => text('Printed on recycled paper', 100, 1380, 13),
    'one big word': () => text('Notes', 120, 300, 150, 'fill="#888"'),
  };
}
