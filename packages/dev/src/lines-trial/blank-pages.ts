import sharp from 'sharp';
import { repeat, svgPages } from './draw-svg.ts';
import { Random } from './random.ts';

const [width, height] = [1240, 1754];

const svg = svgPages(width, height);

/** A page filled with a tile. */
const pattern = (side: number, tile: string, ground = '#fff', transform = ''): Promise<Buffer> =>
  svg(
    `<defs><pattern id="p" width="${side}" height="${side}" patternUnits="userSpaceOnUse"${transform && ` patternTransform="${transform}"`}>${tile}</pattern></defs><rect width="100%" height="100%" fill="url(#p)"/>`,
    ground,
  );

async function noise(seed: number, blur: number, contrast = 1): Promise<Buffer> {
  const random = new Random(seed);
  const data = Buffer.alloc(width * height);
  for (let at = 0; at < data.length; at += 1) data[at] = 128 + (random.next() - 0.5) * 255 * contrast;
  const picture = sharp(data, { raw: { width, height, channels: 1 } });
  return (blur === 0 ? picture : picture.blur(blur).normalise()).png().toBuffer();
}

/** Pages without any text, by name. */
export function blankPages(): Readonly<Record<string, () => Promise<Buffer>>> {
  const random = new Random(3);
  const [x, y] = [() => random.between(0, width), () => random.between(0, height)];
  return {
    white: () => svg(''),
    black: () => svg('', '#000'),
    blue: () => svg('', '#3050c0'),
    cream: () => svg('', '#f6efdc'),
    dust: () => svg(repeat(400, () => `<circle cx="${x()}" cy="${y()}" r="${random.between(0.2, 2.2)}" fill="#555"/>`)),
    'coarse dust': () => svg(repeat(120, () => `<circle cx="${x()}" cy="${y()}" r="${random.between(2, 7)}" fill="#333"/>`)),
    folds: () =>
      svg(
        `<path d="M0 ${height / 2} L${width} ${height / 2 + 9}" stroke="#bbb" stroke-width="5"/><path d="M620 0 L626 ${height}" stroke="#ccc" stroke-width="7"/>`,
        '#f4f2ea',
      ),
    'ruled lines': () => svg(repeat(40, (i) => `<path d="M60 ${80 + i * 40} H1180" stroke="#9ab" stroke-width="2"/>`)),
    grid: () => svg(repeat(40, (i) => `<path d="M60 ${80 + i * 40} H1180 M${60 + i * 28} 80 V1674" stroke="#444" stroke-width="2"/>`)),
    'empty table': () =>
      svg(
        repeat(9, (i) => `<rect x="80" y="${200 + i * 90}" width="1080" height="90" fill="none" stroke="#000" stroke-width="3"/>`) +
          '<path d="M400 200 V1010 M760 200 V1010" stroke="#000" stroke-width="3"/>',
      ),
    noise: () => noise(1, 0),
    'faint noise': () => noise(2, 0, 0.08),
    texture: () => noise(3, 6),
    clouds: () => noise(4, 25),
    grain: () => noise(5, 1.5),
    bricks: () => pattern(120, '<path d="M0 0 H120 M0 60 H120 M0 0 V60 M60 60 V120" stroke="#e8ddd0" stroke-width="8"/>', '#a5492f'),
    halftone: () => pattern(12, '<circle cx="6" cy="6" r="3.4" fill="#222"/>'),
    'fine halftone': () => pattern(7, '<circle cx="3.5" cy="3.5" r="2" fill="#444"/>', '#fff', 'rotate(30)'),
    chess: () => pattern(80, '<path d="M0 0 H40 V40 H0 Z M40 40 H80 V80 H40 Z" fill="#000"/>'),
    'small chess': () => pattern(20, '<path d="M0 0 H10 V10 H0 Z M10 10 H20 V20 H10 Z" fill="#000"/>'),
    hatching: () => pattern(16, '<path d="M0 0 V16" stroke="#333" stroke-width="3"/>', '#fff', 'rotate(40)'),
    'cross-hatching': () => pattern(18, '<path d="M0 0 V18 M0 0 H18" stroke="#333" stroke-width="2"/>', '#fff', 'rotate(30)'),
    stripes: () => pattern(60, '<rect width="30" height="60" fill="#446"/>'),
    zigzag: () => pattern(40, '<path d="M0 10 L20 30 L40 10" fill="none" stroke="#264" stroke-width="4"/>'),
    honeycomb: () =>
      pattern(60, '<path d="M0 15 L15 0 H45 L60 15 L45 30 H15 Z M15 30 L0 45 M45 30 L60 45" fill="none" stroke="#a80" stroke-width="3"/>'),
    weave: () =>
      pattern(
        24,
        '<rect width="12" height="8" fill="#876"/><rect x="12" y="12" width="12" height="8" fill="#765"/><rect x="2" y="10" width="7" height="12" fill="#987"/>',
        '#654',
      ),
    circles: () => svg(repeat(40, (i) => `<circle cx="620" cy="877" r="${20 + i * 22}" fill="none" stroke="#557" stroke-width="4"/>`)),
    waves: () =>
      svg(
        repeat(36, (i) => `<path d="M0 ${40 + i * 48} q155 -40 310 0 t310 0 t310 0 t310 0" fill="none" stroke="#379" stroke-width="5"/>`),
      ),
    gradient: () =>
      svg(
        '<defs><linearGradient id="g" x2="1" y2="1"><stop offset="0" stop-color="#fff"/><stop offset="1" stop-color="#234"/></linearGradient></defs><rect width="100%" height="100%" fill="url(#g)"/>',
      ),
    'binding shadow': () =>
      svg(
        '<defs><linearGradient id="g"><stop offset="0" stop-color="#000" stop-opacity="0.7"/><stop offset="0.15" stop-color="#000" stop-opacity="0"/></linearGradient></defs><rect width="100%" height="100%" fill="url(#g)"/>',
        '#faf8f2',
      ),
    'punched holes': () => svg('<circle cx="60" cy="700" r="26" fill="#222"/><circle cx="60" cy="1050" r="26" fill="#222"/>'),
    stains: () =>
      svg(
        repeat(
          9,
          () =>
            `<ellipse cx="${x()}" cy="${y()}" rx="${random.between(40, 160)}" ry="${random.between(30, 120)}" fill="#b78b4a" opacity="0.35"/>`,
        ),
      ),
    confetti: () =>
      svg(
        repeat(
          160,
          () =>
            `<rect x="${x()}" y="${y()}" width="26" height="10" fill="${random.pick(['#d33', '#3a3', '#33c', '#dc3'])}" transform="rotate(${random.whole(0, 90)} ${x()} ${y()})"/>`,
        ),
      ),
    scene: () =>
      svg(
        '<defs><radialGradient id="g"><stop offset="0" stop-color="#ffd"/><stop offset="1" stop-color="#263"/></radialGradient></defs><rect width="100%" height="100%" fill="url(#g)"/><circle cx="400" cy="700" r="180" fill="#a33"/><path d="M100 1500 Q600 900 1200 1600" stroke="#fff" stroke-width="20" fill="none"/>',
      ),
    signature: () =>
      svg(
        '<path d="M300 1200 c60 -120 90 80 130 -20 s60 60 110 -30 s80 50 140 -10 s70 20 160 -40" fill="none" stroke="#113" stroke-width="5"/>',
      ),
  };
}

/** Nearly blank pages: what stands on them, and the picture. */
export function nearlyBlankPages(): Readonly<Record<string, () => Promise<Buffer>>> {
  const text = (value: string, at: string, look = ''): Promise<Buffer> =>
    svg(`<text ${at} font-family="DejaVu Sans" ${look}>${value}</text>`);
  return {
    '17': () => svg(`<text x="620" y="1684" font-size="26" font-family="DejaVu Serif">17</text>`),
    '208': () => text('208', 'x="1120" y="90"', 'font-size="22"'),
    'call Mrs Weber before 5': () => text('call Mrs Weber before 5', 'x="200" y="500"', 'font-size="34" fill="#d9d9d9"'),
    PAID: () =>
      svg(
        '<g transform="rotate(-12 700 900)"><rect x="500" y="820" width="420" height="120" fill="none" stroke="#c22" stroke-width="8"/><text x="560" y="905" font-size="64" font-family="DejaVu Sans" font-weight="bold" fill="#c22">PAID</text></g>',
      ),
    'This page is intentionally left blank': () =>
      text('This page is intentionally left blank', 'x="620" y="880" text-anchor="middle"', 'font-size="24"'),
    'see overleaf': () => text('see overleaf', 'x="1000" y="1720"', 'font-size="14"'),
    Draft: () => text('Draft', 'x="200" y="1100"', 'font-size="260" fill="#ececec"'),
  };
}
