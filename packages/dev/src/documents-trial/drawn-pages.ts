import type { PdfPage } from '../testing/pdf/make-pdf.ts';

/** A page and what is written on it. */
export interface DrawnPage {
  readonly page: PdfPage;
  readonly text: string;
}

const shops = [
  'Carter & King',
  'North Star Supply',
  'Miller Brothers',
  'Green Valley Foods',
  'Harbour Tools',
  'Old Mill Bakery',
  'City Print Works',
];
const goods = [
  'paper',
  'coffee',
  'apples',
  'bread',
  'lamp',
  'chair',
  'cable',
  'soap',
  'paint',
  'bottle',
  'basket',
  'pencil',
  'towel',
  'honey',
];
const streets = ['Mill Road', 'Park Street', 'Station Road', 'Bridge Lane', 'Church Street', 'High Street'];

/** A4 pages such as nano was trained to read: an invoice of a few lines each. The same number draws the same pages. */
export function drawPages(count: number): readonly DrawnPage[] {
  return Array.from({ length: count }, (_, index) => drawPage(index));
}

function drawPage(seed: number): DrawnPage {
  let state = (seed + 1) * 2_654_435_761;
  const draw = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const pick = (list: readonly string[]): string => list[draw(list.length)] as string;
  const price = (): string => `${1 + draw(200)}.${String(draw(100)).padStart(2, '0')}`;
  const items = Array.from({ length: 4 + draw(4) }, () => `${1 + draw(9)} ${pick(goods)} ${price()}`);
  const lines = [
    pick(shops),
    `${1 + draw(180)} ${pick(streets)}`,
    `Invoice ${1000 + draw(9000)}`,
    `Date: ${String(1 + draw(28)).padStart(2, '0')}.${String(1 + draw(12)).padStart(2, '0')}.${2015 + draw(10)}`,
    ...items,
    `Total: ${price()}`,
  ];
  const size = 22 + draw(6);
  return {
    page: { items: lines.map((text, row) => ({ type: 'text', text, x: 70, y: 740 - row * Math.round(size * 2), size })) },
    text: lines.join('\n'),
  };
}
