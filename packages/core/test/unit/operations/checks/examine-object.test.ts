import { jsonSchema, type Page, type PageObject, type PagePoint, VisionError } from '@h2ovl/contract';
import { describe, expect, test } from 'vitest';
import { turnPage } from '../../../../src/documents/derived/turn-page.ts';
import { setUpright } from '../../../../src/lines/arrange/upright.ts';
import { type Examination, examineObject } from '../../../../src/operations/checks/examine-object.ts';
import { extractDocument } from '../../../../src/operations/extract-document.ts';
import { FakePageModel } from '../fake-page-model.ts';
import { pageOf, tableOf } from '../made-up-lines.ts';

const number = { type: ['number', 'null'] };
const schema = {
  type: 'object',
  properties: {
    net: number,
    tax: number,
    total: number,
    customer: { type: ['string', 'null'] },
    items: { type: 'array', items: { type: 'object', properties: { name: { type: 'string' }, price: number } } },
  },
  'x-check': [
    { check: 'sum', of: ['net', 'tax'], equals: 'total' },
    { check: 'sum', of: ['items[].price'], equals: 'net' },
  ],
};

const lines = pageOf([
  { text: 'Customer:', x: 20, y: 20 },
  { text: 'Emma Doyle', x: 300, y: 20 },
  ...tableOf(
    [
      ['Garden hose', '12.50'],
      ['Paint brush', '7.50'],
      ['Net', '20.00'],
      ['Tax', '3.80'],
      ['Total', '23.80'],
    ],
    [20, 400],
    200,
  ),
]);

const page: Page = {
  ...{ number: 1, name: 'bill.png', size: { width: 1000, height: 1000 }, key: 'k' },
  render: async () => ({ width: 1000, height: 1000, data: new Uint8Array(3_000_000), warnings: [] }),
  textLayer: async () => undefined,
};

const truth = {
  ...{ net: 20, tax: 3.8, total: 23.8, customer: 'Emma Doyle' },
  items: [
    { name: 'Garden hose', price: 12.5 },
    { name: 'Paint brush', price: 7.5 },
  ],
};

async function examine(object: unknown, model: FakePageModel, options: Partial<Examination<unknown>> = {}): Promise<PageObject> {
  const made: PageObject = {
    ...{ page: 1, object, text: JSON.stringify(object), warnings: [] },
    verdict: { kind: 'ok', reasons: [], attempts: [] },
    document: { name: 'bill.png', format: 'png', byteCount: 1, pageCount: 1, sha256: '', warnings: [] },
    work: {
      finishReason: 'stop',
      usage: { inputTokens: 100, imageTokens: 90, outputTokens: 20, cachedTokens: 0 },
      timings: { queueMs: 0, imageMs: 1, visionMs: 1, prefillMs: 1, decodeMs: 1 },
    },
  };
  return examineObject(made, {
    ...{
      page,
      shown: { page, place: (point) => point },
      lines,
      model,
      schema: jsonSchema(schema),
      signal: undefined,
      support: true,
      evidence: true,
      secondReading: true,
    },
    time: { leftMs: 60_000, answerBudgetMs: 60_000, count: () => {} },
    ...options,
  });
}

describe('an object that is right', () => {
  test('has its evidence and its checks, and is not asked for again', async () => {
    const model = new FakePageModel();
    const { object, evidence = [], checks, support, warnings } = await examine(truth, model);
    expect(object).toEqual(truth);
    expect(evidence.map(({ match }) => match)).toEqual(evidence.map(() => 'exact'));
    expect(evidence).toHaveLength(8);
    expect(checks?.map(({ outcome }) => outcome)).toEqual(['passed', 'passed']);
    expect(support).toEqual({ share: 1, unseen: [], missing: [], notJudged: 0 });
    expect(warnings).toEqual([]);
    expect(model.requests).toEqual([]);
  });

  test('has no evidence where it was not asked for, and none where nobody looked', async () => {
    const plain = await examine(truth, new FakePageModel(), { evidence: false, support: false });
    expect(plain).not.toHaveProperty('evidence');
    expect(plain).not.toHaveProperty('support');
    const blind = await examine(truth, new FakePageModel(), { lines: undefined });
    expect(blind).not.toHaveProperty('evidence');
    expect(blind.checks).toHaveLength(2);
  });
});

test('a value has the probability of its own characters, where the model tells it', async () => {
  const asked: string[] = [];
  const text = JSON.stringify(truth);
  const logProbabilityOf = (from: number, to: number): number | undefined => {
    asked.push(text.slice(from, to));
    return text.slice(from, to) === '3.8' ? undefined : Math.log(0.5);
  };
  const certainty = { meanLogProbability: -1, leastCertain: [], logProbabilityOf };
  const { evidence = [] } = await examine(truth, new FakePageModel(), { certainty });
  expect(asked).toEqual(['20', '3.8', '23.8', 'Emma Doyle', 'Garden hose', '12.5', 'Paint brush', '7.5']);
  expect(evidence[0]?.probability).toBeCloseTo(0.5);
  expect(evidence[1]).not.toHaveProperty('probability');
});

describe('a check that failed', () => {
  const wrong = { ...truth, total: 28.8 };

  test('leads to one look at the row of its most doubtful value, which is put right', async () => {
    const model = new FakePageModel(() => '{"total": 23.8}');
    const { object, checks, evidence, warnings, work } = await examine(wrong, model);
    expect(object).toEqual(truth);
    const [sum] = checks ?? [];
    expect(sum).toMatchObject({ outcome: 'passed', second: { path: 'total', value: 23.8, isTaken: true } });
    expect(sum?.second?.region).toEqual({ left: 0, top: 336, width: 1000, height: 94 });
    expect(evidence?.find(({ path }) => path === 'total')?.match).toBe('exact');
    expect(warnings).toEqual(['total was read as 28.8 first; a second look at its place found 23.8, which stands there.']);
    expect(work?.usage).toEqual({ inputTokens: 110, imageTokens: 98, outputTokens: 22, cachedTokens: 0 });
    expect(model.requests).toHaveLength(1);
    const [{ images, schema: asked }] = model.requests as unknown as [{ images: Page[]; schema: ReturnType<typeof jsonSchema> }];
    expect(images[0]?.size).toEqual({ width: 1000, height: 94 });
    expect(Object.keys(asked['~standard'].jsonSchema.input({ target: 'draft-2020-12' }).properties as object)).toEqual(['total']);
  });

  test('shows the strip as the model saw the page, and tells where it is on the page that was given', async () => {
    const model = new FakePageModel(() => '{"total": 23.8}');
    const size = { width: 1000, height: 1000 };
    const shown = { page: turnPage(page, 90), place: (point: PagePoint) => setUpright(point, 90, size) };
    const { checks } = await examine(wrong, model, { shown });
    expect(checks?.[0]?.second?.region).toEqual({ left: 0, top: 336, width: 1000, height: 94 });
    const [{ images }] = model.requests as unknown as [{ images: [Page] }];
    expect(images[0].size).toEqual({ width: 94, height: 1000 });
    expect(images[0].key).toBe(`${shown.page.key}/crop:570,0,94x1000`);
  });

  test.each([
    ['stands nowhere', '{"total": 24.8}', 24.8],
    ['does not pass the check', '{"total": 7.5}', 7.5],
    ['is the same', '{"total": 28.8}', 28.8],
    ['is nothing', '{"total": null}', null],
  ])('keeps the first value where what is found %s, and says so', async (_, answer, value) => {
    const { object, checks, warnings } = await examine(wrong, new FakePageModel(() => answer));
    expect(object).toEqual(wrong);
    expect(checks?.[0]).toMatchObject({ outcome: 'failed', second: { value, isTaken: false } });
    expect(warnings).toEqual(['The check sum failed: net + tax is 23.8, total is 28.8.']);
  });

  test('is only said where the time of the page is over', async () => {
    const model = new FakePageModel();
    const { checks } = await examine(wrong, model, { time: { leftMs: 0, answerBudgetMs: 1, count: () => {} } });
    expect(checks?.[0]?.outcome).toBe('failed');
    expect(model.requests).toEqual([]);
  });

  test('is only said where a second reading is not wanted', async () => {
    const model = new FakePageModel();
    const { checks } = await examine(wrong, model, { secondReading: false });
    expect(checks?.[0]?.outcome).toBe('failed');
    expect(model.requests).toEqual([]);
  });

  test('a second look that fails is no failure of the page', async () => {
    const cut = new VisionError('OUTPUT_INVALID', 'The answer was cut.');
    const { object, checks } = await examine(wrong, new FakePageModel(() => Promise.reject(cut)));
    expect(object).toEqual(wrong);
    expect(checks?.[0]).toMatchObject({ outcome: 'failed' });
  });
});

describe('a value that stands nowhere', () => {
  test('is looked for beside its label', async () => {
    const model = new FakePageModel(() => '{"customer": "Emma Doyle"}');
    const { object, evidence } = await examine({ ...truth, customer: 'Smith' }, model);
    expect(object).toEqual(truth);
    expect(evidence?.find(({ path }) => path === 'customer')).toMatchObject({ match: 'exact', second: { isTaken: true } });
    const [{ images }] = model.requests as unknown as [{ images: [Page] }];
    expect(images[0].size.height).toBeLessThan(120);
  });

  test('of a list is looked for on the row of its entry', async () => {
    const model = new FakePageModel(() => '{"price": 7.5}');
    const items = [truth.items[0], { name: 'Paint brush', price: 19.99 }];
    const { object, evidence = [] } = await examine({ ...truth, items, net: null }, model);
    expect(object).toMatchObject({ items: truth.items });
    expect(evidence.find(({ path }) => path === 'items[1].price')?.second?.region).toMatchObject({ top: 216, height: 68 });
  });

  test('and is not named on the page either is not looked for', async () => {
    const model = new FakePageModel();
    const { evidence } = await examine({ nickname: 'Zorro' }, model, { schema: jsonSchema({ type: 'object' }) });
    expect(evidence).toMatchObject([{ match: 'none', places: [] }]);
    expect(model.requests).toEqual([]);
  });
});

test('a check that does not exist is refused before the document is opened', () => {
  const misspelt = jsonSchema({ type: 'object', properties: { iban: { type: 'string', 'x-check': 'ibn' } } });
  expect(() => extractDocument('/nowhere.pdf', { model: new FakePageModel(), schema: misspelt })).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT', param: 'schema', hint: expect.stringMatching(/Did you mean iban/) }),
  );
});
