import { describe, expect, test } from 'vitest';
import { readAlphabet } from '../../../src/lines/alphabet.ts';
import { orderLines } from '../../../src/lines/arrange/order-lines.ts';
import { orient, setUpright } from '../../../src/lines/arrange/upright.ts';
import { boxOf } from '../../../src/lines/geometry.ts';
import { decodeLetters } from '../../../src/lines/read/decode-letters.ts';
import { isLine, showsText } from '../../../src/lines/read/keep-line.ts';
import { inputWidth, makeLineInput } from '../../../src/lines/read/line-input.ts';
import { makeReading } from '../../../src/lines/read/reading.ts';
import { splitLong } from '../../../src/lines/read/split-long.ts';

const alphabet = readAlphabet('a\nb\n\u{ff10}\n', { columnPx: 8, lostSpaceFrom: 0.02 });
const box = boxOf({ left: 0, top: 0, right: 400, bottom: 40 });

/** An answer of the recogniser: each column's class, and the space's probability where it is not the class. */
function answerOf(columns: readonly (number | readonly [number, number])[]): Float32Array {
  const classes = alphabet.characters.length;
  const answer = new Float32Array(columns.length * classes);
  for (const [index, column] of columns.entries()) {
    const [best, space] = typeof column === 'number' ? [column, 0] : column;
    answer[index * classes + best] = 0.9;
    if (space > 0) answer[index * classes + alphabet.space] = space;
  }
  return answer;
}

describe('letters', () => {
  test('are the classes of the columns, repetitions once, blanks left out', () => {
    const letters = decodeLetters(answerOf([0, 1, 1, 0, 1, 2, 0]), alphabet);
    expect(letters.map(({ character }) => character).join('')).toBe('aab');
    expect(letters.map(({ first, last }) => [first, last])).toEqual([
      [1, 2],
      [4, 4],
      [5, 5],
    ]);
  });

  test('get back a space that the recogniser lost, where its probability between them says so', () => {
    const lost = makeReading(box, 8, decodeLetters(answerOf([1, [0, 0.015], [0, 0.015], 2]), alphabet), alphabet);
    expect(lost.text).toBe('a b');
    expect(makeReading(box, 8, decodeLetters(answerOf([1, [0, 0.005], 2]), alphabet), alphabet).text).toBe('ab');
    const writing = { ...alphabet, lostSpaceFrom: undefined };
    expect(makeReading(box, 8, decodeLetters(answerOf([1, [0, 0.4], 2]), writing), writing).text).toBe('ab');
    expect(
      makeReading(box, 8, decodeLetters(answerOf([1, alphabet.space, alphabet.space, 0, alphabet.space, 2]), writing), writing).text,
    ).toBe('a b');
  });

  test('in full width become plain ones', () => {
    expect(makeReading(box, 4, decodeLetters(answerOf([1, 3]), alphabet), alphabet).text).toBe('a0');
  });

  test('say where their words stand, one after the other', () => {
    const { words } = makeReading(box, 20, decodeLetters(answerOf([1, 0, 2, 0, 0, 4, 0, 1, 0, 1, 0, 0]), alphabet), alphabet);
    const spans = words.map(({ box: [from, to] }) => [from[0], to[0]]);
    expect(spans).toHaveLength(2);
    expect(spans[0]?.[0]).toBeGreaterThanOrEqual(0);
    expect(spans[0]?.[1]).toBeLessThanOrEqual(spans[1]?.[0] as number);
  });
});

test('a dictionary with a gap is refused', () => {
  expect(() => readAlphabet('a\n\nb\n', alphabet)).toThrow(expect.objectContaining({ code: 'MODEL_FILE_CORRUPT' }));
  expect(readAlphabet('a\r\nb\r\n<space>\n', alphabet).characters).toEqual(['', 'a', 'b', ' ']);
});

test.each([
  ['17', 0.8, true],
  ['|', 0.65, false],
  [') )', 0.99, false],
  ['(a)', 0.9, true],
  ['---', 0.95, true],
  ['7', 0.72, true],
  ['Invoice', 0.7, false],
  ['iiiiii', 0.85, false],
  ['iiiiii', 0.92, true],
  ['  ', 1, false],
  ['))0', 0.92, false],
  ['|7| (', 0.95, false],
  ['(1)', 0.95, true],
])('%j at %d is a line: %s', (text, confidence, is) => expect(isLine({ text, confidence })).toBe(is));

test('two different sure letters or digits show text', () => {
  expect(showsText([{ text: '17', confidence: 0.8 }])).toBe(true);
  expect(
    showsText([
      { text: '11', confidence: 1 },
      { text: '--', confidence: 1 },
      { text: 'ab', confidence: 0.79 },
    ]),
  ).toBe(false);
});

test('letters scattered over a page are grain, and boxes of single letters beside words are text', () => {
  const scattered = Array.from('38PTE4DR295SVA', (text) => ({ text, confidence: 0.95 }));
  expect(showsText([...scattered, { text: '525', confidence: 0.95 }])).toBe(false);
  expect(showsText([...scattered, { text: 'Surname and given names', confidence: 0.95 }])).toBe(true);
});

describe('pictures of lines', () => {
  const page = { width: 400, height: 40, data: Uint8Array.from({ length: 400 * 40 * 3 }, (_, at) => [255, 128, 0][at % 3] as number) };

  test('are 48 high, blue, green, red, and as wide as the box, in steps of eight', () => {
    expect(inputWidth(box)).toBe(480);
    expect(inputWidth(boxOf({ left: 0, top: 0, right: 3, bottom: 40 }))).toBe(16);
    const input = makeLineInput(page, box, 480);
    const plane = 480 * 48;
    expect([input[100], input[plane + 100], input[2 * plane + 100]]).toEqual([-1, expect.closeTo(0.0039), 1]);
  });

  test.each([
    ['as large as the picture', 30],
    ['five times as large', 240],
  ])('mix the colours around each place, in boxes that lie aslant, %s', (_, size) => {
    // Red grows to the right and green downwards, evenly, so that a mixed colour says where it was taken.
    const [width, height] = [510, 510];
    const data = Uint8Array.from({ length: width * height * 3 }, (_, at) => {
      const pixel = Math.trunc(at / 3);
      return at % 3 === 0 ? (pixel % width) / 2 : at % 3 === 1 ? Math.trunc(pixel / width) / 2 : 200;
    });
    const [along, down] = [
      [160, 60],
      [-0.35 * size, 0.93 * size],
    ] as const;
    const aslant = [
      [200, 40],
      [200 + along[0], 40 + along[1]],
      [200 + along[0] + down[0], 40 + along[1] + down[1]],
      [200 + down[0], 40 + down[1]],
    ] as const;
    const input = makeLineInput({ width, height, data }, aslant, 64);
    for (const [x, y] of [
      [0, 0],
      [63, 0],
      [20, 31],
      [63, 47],
    ] as const) {
      const [u, v] = [(x + 0.5) / 64, (y + 0.5) / 48];
      const at = y * 64 + x;
      const red = ((input[2 * 64 * 48 + at] as number) + 1) * 127.5 * 2;
      const green = ((input[64 * 48 + at] as number) + 1) * 127.5 * 2;
      expect(Math.abs(red + 1 - (200 + along[0] * u + down[0] * v))).toBeLessThan(1.1);
      expect(Math.abs(green + 1 - (40 + along[1] * u + down[1] * v))).toBeLessThan(1.1);
      expect(((input[at] as number) + 1) * 127.5).toBeCloseTo(200, 3);
    }
  });

  test('of very long lines are cut at blanks', () => {
    const width = 6000;
    const data = new Uint8Array(width * 40 * 3).fill(255);
    // Strokes everywhere but in gaps of 60 pixels, one every 1,000.
    for (let y = 8; y < 32; y += 1)
      for (let x = 0; x < width; x += 1) if (x % 1000 < 940 && x % 8 < 4) data.fill(0, (y * width + x) * 3, (y * width + x) * 3 + 3);
    const parts = splitLong({ width, height: 40, data }, boxOf({ left: 0, top: 0, right: width, bottom: 40 }));
    expect(parts.length).toBeGreaterThan(4);
    for (const [, [x]] of parts.slice(0, -1)) expect(x % 1000).toBeGreaterThan(935);
  });
});

describe('order', () => {
  const line = (text: string, x: number, y: number, width = text.length * 12) => ({
    text,
    box: boxOf({ left: x, top: y, right: x + width, bottom: y + 24 }),
  });
  const page = { width: 1000, height: 1000 };
  const turn = (box_: ReturnType<typeof boxOf>, angle: number) => {
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    return box_.map(([x, y]) => [
      500 + (x - 500) * cos - (y - 500) * sin,
      500 + (x - 500) * sin + (y - 500) * cos,
    ]) as unknown as typeof box_;
  };
  const bill = [
    line('Total', 100, 300),
    line('Bread', 100, 100),
    line('4.50', 800, 101),
    line('Milk', 100, 200),
    line('1.20', 800, 199),
    line('5.70', 800, 300),
  ];
  const right = [
    ['Bread', '4.50'],
    ['Milk', '1.20'],
    ['Total', '5.70'],
  ];

  test('goes by rows, on a page that lies crookedly, too', () => {
    expect(orderLines(bill, 0, page).map((row) => row.map(({ text }) => text))).toEqual(right);
    const long = line('a line that is long enough to say how the page lies', 100, 400);
    for (const degrees of [-25, -5, 5, 25]) {
      const slanted = [...bill, long].map(({ text, box: straight }) => ({ text, box: turn(straight, (degrees * Math.PI) / 180) }));
      expect(orderLines(slanted, 0, page).map((row) => row.map(({ text }) => text))).toEqual([...right, [long.text]]);
    }
  });

  test.each([90, 180, 270] as const)('is that of the page turned by %d degrees', (rotation) => {
    const back = ((360 - rotation) % 360) as 90 | 180 | 270;
    // Where each line lies on the page as it was given: turned back, its corners named as on an upright page.
    const given = bill.map(({ text, box: upright }) => {
      const corners = upright.map((corner) => setUpright(corner, back, page));
      const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
      const plain = boxOf({ left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) });
      return { text, box: orient(plain, rotation) };
    });
    expect(orderLines(given, rotation, page).map((row) => row.map(({ text }) => text))).toEqual(right);
  });

  test('takes columns of running text one after the other, and tables by their rows', () => {
    const prose = (name: string, x: number) =>
      Array.from({ length: 6 }, (_, index) => line(`${name} ${index} some words of a story`, x, 100 + index * 40, 380));
    const texts = orderLines(
      [line('A heading across both columns', 50, 40, 900), ...prose('left', 50), ...prose('right', 520)],
      0,
      page,
    ).flat();
    expect(texts.map(({ text }) => text.split(' ')[0])).toEqual(['A', ...Array(6).fill('left'), ...Array(6).fill('right')]);
  });
});
