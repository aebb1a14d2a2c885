import { afterAll, beforeAll, expect, test } from 'vitest';
import { extractablePages, longPage, nanoCheckpoint } from '../../../dev/src/testing/nano-samples.ts';
import { scanOf } from '../../../dev/src/testing/pdf/scan-of.ts';
import { extractDocument, jsonSchema, loadModel, type PageReading, readDocument, type VisionModel } from '../../src/index.ts';

let model: VisionModel;

beforeAll(async () => {
  model = await loadModel(nanoCheckpoint, { threads: 2 });
});

afterAll(() => model?.dispose());

const sample = longPage;
/** Nothing but the model works on the page, so that its own times are those of the page. */
const modelOnly = { mode: 'model', readBlank: true, rotate: 0, support: false, retry: false } as const;

/** Of an answer's time, the shares that are tried until one ends in the middle: how long an answer takes varies with what else the machine does. */
const shares = [0.5, 0.7, 0.35, 0.85, 0.2, 1];

async function read(source: string | Uint8Array, options: object): Promise<readonly PageReading[]> {
  const readings: PageReading[] = [];
  for await (const reading of readDocument(source, { model, ...modelOnly, ...options })) readings.push(reading);
  return readings;
}

test.each([
  ['of its page', 'pageBudgetMs'],
  ['of its document', 'documentBudgetMs'],
] as const)(
  'when the time %s is over, what was read until then is the result, and pages behind a document that is late are skipped',
  async (_, name) => {
    const source = await scanOf([sample.path, sample.path]);
    const [whole] = await read(source, { pages: [1] });
    expect(whole).toMatchObject({ verdict: { kind: 'ok' } });
    const [again] = await read(source, { pages: [1], maxOutputTokens: 2999 }); // what is kept of the page is not computed again, as below
    const { prefillMs = 0, decodeMs = 0 } = again?.work?.timings ?? {};
    for (const share of shares) {
      // Another limit of tokens for each, since a page that was read before is not read again.
      const maxOutputTokens = 3000 + Math.round(share * 100);
      const [first, second] = await read(source, { [name]: Math.round(prefillMs + share * decodeMs), maxOutputTokens });
      const { verdict, text = '', work, warnings } = first as PageReading;
      if (verdict.kind !== 'timed-out' || text === '') continue;
      expect(whole?.text.startsWith(text)).toBe(true);
      expect(text.length).toBeLessThan(whole?.text.length ?? 0);
      expect(work?.finishReason).toBe('timeout');
      expect(warnings).toContainEqual(expect.stringMatching(/its time was over\. Raise pageBudgetMs/));
      if (name === 'documentBudgetMs') expect(second).toMatchObject({ text: '', verdict: { kind: 'skipped' } });
      return;
    }
    throw new Error('No budget ended in the middle of the page.');
  },
  180_000,
);

test('an object that could not be written in time is an error with the value as far as it came', async () => {
  const [page] = extractablePages;
  const options = { model, schema: jsonSchema<unknown>(page.schema), readBlank: true, rotate: 0, support: false, retry: false } as const;
  const extract = async (more: object) => {
    for await (const result of extractDocument(page.path, { ...options, ...more })) return result;
    throw new Error('There is no page.');
  };
  await extract({});
  const { prefillMs = 0, decodeMs = 0 } = (await extract({ maxOutputTokens: 899 })).work?.timings ?? {}; // with the prompt kept, as below
  for (const share of shares) {
    const { verdict, error } = await extract({
      pageBudgetMs: Math.round(prefillMs + share * decodeMs),
      maxOutputTokens: 900 + Math.round(share * 100),
    });
    if (verdict.kind !== 'timed-out' || error?.output?.text === '') continue;
    expect(error).toMatchObject({ code: 'OUTPUT_INVALID', output: { finishReason: 'timeout', text: expect.stringMatching(/^\{/) } });
    return;
  }
  throw new Error('No budget ended in the middle of the object.');
}, 600_000);
