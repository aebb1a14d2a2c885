import { describe, expect, test } from 'vitest';
import { supportReading } from '../../../../src/operations/support/support-reading.ts';
import { pageOf, tableOf } from '../made-up-lines.ts';

const receipt = pageOf([
  { text: 'Novak Hardware', x: 20, y: 20 },
  { text: '12 Mill Lane', x: 20, y: 60 },
  ...tableOf(
    [
      ['Garden hose', '12.50'],
      ['Paint brush', '3.80'],
      ['Garden hose', '12.50'],
      ['Total', '28.80'],
    ],
    [20, 400],
  ),
]);

const faithful = 'Novak Hardware\n12 Mill Lane\nGarden hose 12.50\nPaint brush 3.80\nGarden hose 12.50\nTotal 28.80';

describe('a faithful reading', () => {
  test.each([
    ['line by line', faithful],
    ['in capitals and with marks', faithful.toUpperCase().replaceAll('.', ',')],
    [
      'as a table',
      'Novak Hardware\n12 Mill Lane\n\n| Item | \n|---|---|\n| Garden hose | 12.50 |\n| Paint brush | 3.80 |\n| Garden hose | 12.50 |\n| **Total** | **28.80** |'.replace(
        '| Item | \n',
        '',
      ),
    ],
    [
      'as HTML',
      '<p>Novak Hardware</p><p>12 Mill Lane</p><table><tr><td>Garden hose</td><td>12.50</td></tr><tr><td>Paint brush</td><td>3.80</td></tr><tr><td>Garden hose</td><td>12.50</td></tr><tr><th>Total</th><td>28.80</td></tr></table>',
    ],
    [
      'columns one after the other',
      'Novak Hardware\n12 Mill Lane\nGarden hose\nPaint brush\nGarden hose\nTotal\n12.50\n3.80\n12.50\n28.80',
    ],
    ['from the end to the beginning', faithful.split('\n').reverse().join('\n')],
    ['as one paragraph', faithful.replaceAll('\n', ' ')],
    ['a letter read otherwise', faithful.replace('Hardware', 'Hardwara')],
  ])('%s is supported and lacks nothing', async (_, text) => {
    expect(await supportReading(text, receipt)).toEqual({ share: 1, unseen: [], missing: [], notJudged: 0 });
  });
});

test('names an invented line with its place', async () => {
  const text = faithful.replace('Total', 'Thank you for your visit\nTotal');
  const { unseen, share } = await supportReading(text, receipt);
  expect(unseen).toEqual([{ text: 'Thank you for your visit', at: text.indexOf('Thank') }]);
  expect(share).toBeCloseTo(6 / 7);
});

test('names an invented sentence within a long paragraph', async () => {
  const lines = [
    'The quick meeting of the board took place in the morning of Monday.',
    'Nobody objected to the report of the treasurer, and it was accepted.',
    'The next meeting will be held in the large room on the second floor.',
  ];
  const page = pageOf(lines.map((text, row) => ({ text, x: 20, y: 20 + row * 30 })));
  const invented = 'Seven guests arrived from Norway by ship.';
  const text = [lines[0], lines[1], invented, lines[2]].join(' ');
  const { unseen, missing } = await supportReading(text, page);
  expect(unseen).toEqual([{ text: invented, at: text.indexOf('Seven') }]);
  expect(missing).toEqual([]);
});

test.each(['12.60', '12.5', '18.50', '112.50'])('says of a price that became %s what stands there', async (price) => {
  const { unseen, missing } = await supportReading(faithful.replace('12.50', price), receipt);
  expect(unseen).toHaveLength(1);
  expect(unseen[0]).toMatchObject({ text: `Garden hose ${price}` });
  expect(missing).toEqual([]);
});

test('names a line that was left out, and one of two equal ones', async () => {
  const without = await supportReading(faithful.replace('Paint brush 3.80\n', ''), receipt);
  expect(without.missing.map(({ text }) => text)).toEqual(['Paint brush', '3.80']);
  const once = await supportReading(faithful.replace('Garden hose 12.50\n', ''), receipt);
  expect(once.missing.map(({ text }) => text)).toEqual(['Garden hose', '12.50']);
  expect(once.missing[0]?.box).toEqual(receipt.lines[6]?.box);
});

test('does not judge what the line reader cannot read', async () => {
  const page = pageOf([{ text: 'Invoice 2024', x: 20, y: 20 }]);
  const greek = await supportReading('Invoice 2024\nΤιμολόγιο αριθμός', page);
  expect(greek).toMatchObject({ share: 1, unseen: [], notJudged: 1 });
  const unsure = await supportReading('Dear Anna', pageOf([{ text: 'Oeor Arrro', x: 20, y: 20, confidence: 0.78 }]));
  expect(unsure).toMatchObject({ share: undefined, unseen: [], notJudged: 1 });
});

test('a letter that looks like the digit in its place is no other digit', async () => {
  const page = pageOf([
    { text: 'Code B05-I2', x: 20, y: 20 },
    { text: 'Nothing else on it', x: 20, y: 60 },
  ]);
  expect(await supportReading('Code 805-12\nNothing else on it', page)).toMatchObject({ share: 1, unseen: [] });
});

test('a page and a reading without text agree', async () => {
  expect(await supportReading(' \n', pageOf([]))).toEqual({ share: undefined, unseen: [], missing: [], notJudged: 0 });
});

test('ends with the signal', async () => {
  const signal = AbortSignal.abort(new Error('stop'));
  await expect(supportReading(faithful, receipt, signal)).rejects.toThrow('stop');
});

test('what a reading has beyond the bound is not judged, and nothing is called missing that may stand there', async () => {
  const { missing, notJudged } = await supportReading(`${'Garden hose 12.50\n'.repeat(4000)}Novak Hardware`, receipt);
  expect([missing, notJudged > 300]).toEqual([[], true]);
});
