import { describe, expect, test } from 'vitest';
import { findEvidence } from '../../../../src/operations/evidence/find-evidence.ts';
import { pageOf, tableOf } from '../made-up-lines.ts';

const open = { type: 'object' };

describe('a value', () => {
  const page = pageOf([
    { text: 'Invoice no.', x: 20, y: 20 },
    { text: 'RE-2041', x: 300, y: 20 },
    { text: 'Date:', x: 20, y: 60 },
    { text: '5 March 2024', x: 300, y: 60 },
    { text: 'Total', x: 20, y: 100 },
    { text: '1.234,50 €', x: 300, y: 100 },
  ]);

  test('has its place, its own words and the label beside it', async () => {
    const evidence = await findEvidence({ invoice_number: 'RE-2041', date: '2024-03-05', total: 1234.5 }, open, page, 3);
    expect(evidence).toMatchObject([
      { path: 'invoice_number', match: 'exact', page: 3, places: [{ text: 'RE-2041' }], label: { text: 'Invoice no.' } },
      { path: 'date', match: 'exact', places: [{ text: '5 March 2024' }], label: { text: 'Date:' } },
      { path: 'total', match: 'exact', places: [{ text: '1.234,50' }], label: { text: 'Total' } },
    ]);
    expect(evidence[0]?.places[0]?.boxes).toEqual([page.lines[1]?.words[0]?.box]);
  });

  test('that stands nowhere is there with no place, and one that is nearly there is near', async () => {
    const evidence = await findEvidence({ invoice_number: 'RE-2047', date: '1999-01-01', company: 'Miller' }, open, page, 1);
    expect(evidence.map(({ match, places }) => [match, places.length])).toEqual([
      ['near', 1],
      ['none', 0],
      ['none', 0],
    ]);
  });

  test('that is null, true, false or empty has no evidence', async () => {
    expect(await findEvidence({ a: null, b: true, c: false, d: '', e: {}, f: [] }, open, page, 1)).toEqual([]);
  });

  test('from a list of the schema is not judged where its word is not printed', async () => {
    const schema = {
      type: 'object',
      properties: { kind: { enum: ['invoice', 'credit-note'] }, other: { $ref: '#/$defs/o' } },
      $defs: { o: { enum: ['x1y2'] } },
    };
    const evidence = await findEvidence({ kind: 'credit-note', other: 'x1y2' }, schema, page, 1);
    expect(evidence.map(({ match }) => match)).toEqual(['not-judged', 'not-judged']);
    expect(await findEvidence({ kind: 'invoice' }, schema, page, 1)).toMatchObject([{ match: 'exact' }]);
  });
});

describe('among equal places', () => {
  test('the label beside a value chooses', async () => {
    const page = pageOf([
      ...tableOf(
        [
          ['Subtotal', '40.00'],
          ['Shipping', '0.00'],
          ['Total', '40.00'],
          ['Paid', '40.00'],
        ],
        [20, 400],
      ),
    ]);
    const evidence = await findEvidence({ total: 40, paid: 40, subtotal: 40 }, open, page, 1);
    expect(evidence.map(({ label, places }) => [label?.text, places[0]?.boxes[0]?.[0], places.length])).toEqual([
      ['Total', [400, 180], 3],
      ['Paid', [400, 220], 3],
      ['Subtotal', [400, 100], 3],
    ]);
  });

  test('the label above a value chooses, and one from the schema', async () => {
    const page = pageOf([
      { text: 'Town', x: 20, y: 20 },
      { text: 'Place of birth', x: 500, y: 20 },
      { text: 'Bern', x: 20, y: 50 },
      { text: 'Bern', x: 500, y: 50 },
    ]);
    const schema = { type: 'object', properties: { origin: { type: 'string', title: 'Place of birth' } } };
    const [named] = await findEvidence({ place_of_birth: 'Bern' }, open, page, 1);
    expect(named?.label?.text).toBe('Place of birth');
    const [titled] = await findEvidence({ origin: 'Bern' }, schema, page, 1);
    expect(titled?.places[0]?.boxes[0]?.[0]).toEqual([500, 50]);
  });

  test('entries of a list stand on a row each, in their order and their columns', async () => {
    const rows = [
      ['Pos', 'Article', 'Quantity', 'Price', 'Amount'],
      ['1', 'Garden hose', '1', '12.50', '12.50'],
      ['2', 'Paint brush', '4', '3.00', '12.00'],
      ['3', 'Garden hose', '1', '12.50', '12.50'],
      ['4', 'Wood glue', '2', '1.50', '3.00'],
    ];
    const columns = [20, 100, 400, 550, 750];
    const page = pageOf(tableOf(rows, columns));
    const items = rows.slice(1).map(([position, article, quantity, price, amount]) => ({
      ...{ position: Number(position), article, quantity: Number(quantity), price: Number(price), amount: Number(amount) },
    }));
    const evidence = await findEvidence({ items }, open, page, 1);
    expect(evidence.map(({ places }) => places[0]?.boxes[0]?.[0])).toEqual(
      [1, 2, 3, 4].flatMap((row) => columns.map((x) => [x, 100 + row * 40])),
    );
    expect(evidence[3]?.label?.text).toBe('Price');
  });

  test('a short value of another entry is not evidence', async () => {
    const rows = [
      ['Garden hose', '3'],
      ['Paint brush', '4'],
      ['Wood glue', '5'],
    ];
    const page = pageOf(tableOf(rows, [20, 400]));
    const items = [
      { name: 'Garden hose', quantity: 3 },
      { name: 'Paint brush', quantity: 5 },
      { name: 'Wood glue', quantity: 5 },
    ];
    const evidence = await findEvidence({ items }, open, page, 1);
    expect(evidence.filter(({ path }) => path.endsWith('quantity')).map(({ match }) => match)).toEqual(['exact', 'none', 'exact']);
  });

  test('boxes of a page on its head are read in its own direction', async () => {
    const upright = pageOf(
      tableOf(
        [
          ['Subtotal', '40.00'],
          ['Total', '40.00'],
        ],
        [20, 400],
      ),
    );
    const turn = ([x, y]: readonly [number, number]): readonly [number, number] => [1000 - x, 1000 - y];
    const lines = upright.lines.map((line) => ({
      ...line,
      box: line.box.map(turn) as never,
      words: line.words.map((word) => ({ ...word, box: word.box.map(turn) as never })),
    }));
    const [total] = await findEvidence({ total: 40 }, open, { ...upright, rotation: 180, lines }, 1);
    expect(total?.label?.text).toBe('Total');
  });
});
