import { describe, expect, it } from 'vitest';
import type {
  DocumentFacts,
  LineBox,
  LoadProgress,
  ModelWork,
  PageLines,
  PageObject,
  PageReading,
  PageVerdict,
} from '../../../src/index.ts';
import {
  type AnyPageResult,
  buildDocumentOptions,
  type DocumentRequestOptions,
  documentOptionNames,
  readDocumentAnswer,
  readDocumentEvent,
  readFormFields,
  takesOption,
  writeDocument,
  writeFormFields,
  writeLoad,
  writePage,
  writeSummary,
} from '../../../src/wire/index.ts';

const document: DocumentFacts = { name: 'a.pdf', format: 'pdf', byteCount: 900, pageCount: 3, sha256: 'ab', warnings: ['Old.'] };
const timings = { queueMs: 1, imageMs: 2, visionMs: 3, prefillMs: 4, decodeMs: 5 };
const usage = { inputTokens: 300, imageTokens: 256, outputTokens: 7, cachedTokens: 1, draftedTokens: 12, acceptedTokens: 4 };
const certainty = { meanLogProbability: -0.2, leastCertain: [{ text: 'Total', from: 0, to: 5, logProbability: -1.5 }] };
const work: ModelWork = { finishReason: 'length', usage, timings, certainty };
const verdict: PageVerdict = {
  kind: 'truncated',
  reasons: ['It was cut.'],
  attempts: [
    { way: 'model', verdict: 'looped', reason: 'It went round in circles.', outputTokens: 80 },
    { way: 'lines', verdict: 'unreadable', reason: 'Nothing.' },
  ],
};
const ok: PageVerdict = { kind: 'ok', reasons: [], attempts: [] };
const box: LineBox = [
  [1, 2],
  [3, 2],
  [3, 4.5],
  [1, 4.5],
];
const viaJson = <T>(value: T): unknown => JSON.parse(JSON.stringify(value));

/** One value for every option. */
const everything: Required<DocumentRequestOptions> = {
  model: 'nano',
  pages: '1-3,-1',
  dpi: 150,
  password: '1234',
  maxBytes: 1000,
  maxPixels: 1001,
  maxPages: 4,
  maxMemoryBytes: 1002,
  pageTimeoutMs: 50,
  documentTimeoutMs: 60,
  tiles: 2,
  rotate: 90,
  maxOutputTokens: 9,
  temperature: 0.5,
  topP: 0.9,
  topK: 3,
  seed: 7,
  repetitionPenalty: 1.1,
  stopSequences: ['a', '"b"'],
  endBlankRuns: false,
  endLoops: false,
  drafts: 'off',
  pageBudgetMs: 70,
  documentBudgetMs: 80,
  retry: false,
  mode: 'text',
  compare: true,
  lines: true,
  instruction: 'true',
  readBlank: true,
  question: '12',
  schema: { type: 'object' },
  fields: 'total:number',
  preset: 'receipt',
  enforcement: 'after',
  support: true,
  evidence: true,
  secondReading: false,
};

describe('the options of a request', () => {
  it('keep names and values, as JSON and as a form', () => {
    const options = buildDocumentOptions(everything, { includeText: true });
    expect(Object.keys(options)).toEqual([...Object.values(documentOptionNames), 'stream', 'stream_options']);
    expect(options).toMatchObject({ max_output_tokens: 9, question: '12', stream: true, stream_options: { include_progress: false } });
    expect({ ...readFormFields(writeFormFields(options)) }).toEqual(options);
  });

  it('leave out what is undefined, and write lists of pages as people do', () => {
    const options = buildDocumentOptions({ pages: [2, -1], dpi: undefined });
    expect(options).toEqual({ pages: [2, -1] });
    expect(writeFormFields(options)).toEqual([['pages', '2,-1']]);
  });

  it('of a form: twice, or no JSON, is refused by name; a stranger comes back as text', () => {
    const read = (...fields: [string, string][]) => readFormFields(fields);
    expect(() => read(['dpi', '2'], ['dpi', '3'])).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', param: 'dpi' }));
    expect(() => read(['seed', 'four'])).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', param: 'seed' }));
    expect({ ...read(['foo', '1'], ['__proto__', 'x']) }).toEqual({ foo: '1', ['__proto__']: 'x' });
  });

  it('of a form: what is a word or a number needs no quotes', () => {
    expect(readFormFields([['drafts', 'off']]).drafts).toBe('off');
    expect(Object.fromEntries(writeFormFields({ drafts: 'off' }))).toEqual({ drafts: 'off' });
    const tiles = (value: string): unknown => readFormFields([['tiles', value]]).tiles;
    expect([tiles('auto'), tiles('4'), tiles('"auto"')]).toEqual(['auto', 4, 'auto']);
    expect(() => tiles('4 of them')).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', param: 'tiles' }));
    expect(writeFormFields(buildDocumentOptions({ tiles: 'auto' }))).toEqual([['tiles', 'auto']]);
  });

  it('belong to their operation', () => {
    expect([takesOption('read', 'mode'), takesOption('ask', 'mode'), takesOption('extract', 'dpi')]).toEqual([true, false, true]);
    expect([takesOption('read', 'instruction'), takesOption('extract', 'instruction'), takesOption('ask', 'instruction')]).toEqual([
      true,
      true,
      false,
    ]);
  });
});

describe('a result', () => {
  const reading: PageReading = {
    page: 2,
    document,
    text: 'Total\n1.00',
    source: 'text',
    reason: 'the text layer is healthy',
    comparison: { agreement: 0.5, lines: [{ text: 'Total', agreement: 0 }], diff: [{ side: '-', text: 'Total' }] },
    support: {
      share: 0.5,
      unseen: [{ text: '1.00', at: 6, instead: { text: '1.50', box } }],
      missing: [{ text: 'VAT', box }],
      notJudged: 1,
    },
    verdict,
    warnings: ['Hidden text.'],
    work,
  };
  const second = { path: 'a', region: { left: 0, top: 10, width: 100, height: 40 }, value: 2, isTaken: false };
  const object: PageObject = {
    page: 1,
    document,
    text: '{"a":1}',
    object: { a: 1 },
    truncated: ['a'],
    forced: ['b'],
    support: { share: undefined, unseen: [], missing: [], notJudged: 0 },
    evidence: [
      { path: 'a', match: 'exact', page: 1, places: [{ text: '1', boxes: [box] }], label: { text: 'A:', box }, probability: 0.9 },
      { path: 'b', match: 'none', page: 1, places: [], second },
    ],
    checks: [{ paths: ['a'], check: 'iban', outcome: 'failed', message: 'It does not fit.', second }],
    verdict,
    warnings: [],
    work,
  };
  const nothing: PageObject = { page: 1, document, text: 'null', object: null, verdict: ok, warnings: [] };
  const failed: PageObject = {
    page: 3,
    document,
    text: '',
    object: undefined,
    verdict: { ...ok, kind: 'failed' },
    warnings: [],
    error: {
      code: 'OUTPUT_INVALID',
      message: 'It was cut.',
      hint: 'Raise the limit.',
      output: { text: '{"a":', issues: [{ path: ['a'], message: 'is missing' }], finishReason: 'length', partial: {} },
    },
  };

  const corner = (x: number, y: number): readonly [number, number] => [x, y];
  const corners = [corner(10.1, 20), corner(90, 20.3), corner(90, 40), corner(10, 40.7)] as const;
  const lines: PageLines = {
    ...{ width: 800, height: 600, rotation: 270, rotationMargin: 0.81, hasText: true },
    lines: [{ text: 'Total due', confidence: 0.98, box: corners, height: 20.4, words: [{ text: 'Total', box: corners }] }],
    ...{ text: 'Total due', unreadable: 2, warnings: ['A limit was reached.'] },
  };
  const withLines: PageReading = { ...reading, text: 'Total due', source: 'lines', lines };

  it('of lines has boxes to a tenth of a pixel, and lines without a box are left out', () => {
    const moved = corners.map(([x, y]) => corner(x + 0.04, y - 0.04)) as unknown as LineBox;
    const odd: PageLines = { ...lines, lines: lines.lines.map((line) => ({ ...line, box: moved })) };
    expect(writePage({ ...withLines, lines: odd }).lines?.lines[0]?.box).toEqual(corners);
    const read = (value: unknown): unknown => {
      const event = readDocumentEvent(viaJson({ type: 'page', page: 1, text: '', warnings: [], lines: value }));
      return event?.type === 'page' ? event.result.lines : undefined;
    };
    expect(read({ rotation: 45, lines: [] })).toBeUndefined();
    expect(read({ rotation: 0, lines: [{ text: 'a', box: [[1, 2]] }, 7] })).toMatchObject({
      rotation: 0,
      lines: [],
      text: '',
      warnings: [],
    });
  });

  it.each<[string, AnyPageResult]>([
    ['a reading with lines', withLines],
    ['a reading', reading],
    ['an object', object],
    ['null', nothing],
    ['a page that failed', failed],
  ])('%s arrives as it was', (_, result) => {
    const event = readDocumentEvent(viaJson({ type: 'page', ...writePage(result) }));
    if (event?.type !== 'page') throw new Error('not a page');
    expect({ ...event.result, document }).toEqual(result);
  });

  it('of a server that gives no verdict has one that follows from the rest', () => {
    const read = (page: object): unknown => {
      const event = readDocumentEvent({ type: 'page', page: 1, text: '', warnings: [], ...page });
      return event?.type === 'page' ? event.result.verdict : undefined;
    };
    const reasons = ['The server gave no verdict that this client knows.'];
    expect(read({})).toEqual({ kind: 'ok', reasons, attempts: [] });
    expect(read({ verdict: { kind: 'of-tomorrow' } })).toMatchObject({ kind: 'ok', reasons });
    expect(read({ error: { message: 'No.', code: 'IMAGE_UNREADABLE', type: 'x', param: null } })).toMatchObject({
      kind: 'failed',
      reasons,
    });
    expect(read({ work: { finish_reason: 'length' } })).toMatchObject({ kind: 'truncated', reasons });
    const attempts = [{ way: 'magic', verdict: 'ok', reason: 'x' }, { way: 'lines', verdict: 'ok' }, 7];
    expect(read({ verdict: { kind: 'ok', reasons: ['a', 1], attempts } })).toEqual({
      kind: 'ok',
      reasons: ['a'],
      attempts: [{ way: 'lines', verdict: 'ok', reason: '' }],
    });
  });

  it('the answer as a whole, and what its pages come to', () => {
    const pages = [object, failed, reading];
    const summary = writeSummary(pages, [{ type: 'unsupported', message: 'Not followed: foo.' }]);
    expect(summary).toMatchObject({
      pages: 3,
      failed: 1,
      usage: { input_tokens: 600, output_tokens: 14, drafted_tokens: 24, accepted_tokens: 8 },
    });
    const head = { id: 'doc_1', created: 5, model: 'nano', document: writeDocument(document) };
    const answer = readDocumentAnswer(viaJson({ object: 'document.read', ...head, pages: pages.map(writePage), summary }));
    expect(answer?.pages.map((page) => ({ ...page, document: answer.document }))).toEqual(pages);
    expect(answer).toMatchObject({ id: 'doc_1', model: 'nano', document, summary: { pages: 3, failed: 1, usage: { imageTokens: 512 } } });
    expect(answer?.summary.warnings).toEqual([{ type: 'unsupported', message: 'Not followed: foo.' }]);
    expect(readDocumentEvent(viaJson({ type: 'done', ...summary }))).toEqual({ type: 'done', summary: answer?.summary });
    expect(readDocumentEvent(viaJson({ type: 'document', pages: [1, 3], ...head }))).toEqual({
      type: 'document',
      pages: [1, 3],
      id: 'doc_1',
      model: 'nano',
      document,
    });
  });

  it('what is no answer of ours is none', () => {
    expect([undefined, null, [], {}, { pages: [] }].map(readDocumentAnswer)).toEqual(Array(5).fill(undefined));
    const head = { document: writeDocument(document), pages: [{ page: 'one' }] };
    expect(readDocumentAnswer(head)).toBeUndefined();
    expect([undefined, 'x', {}, { type: 'page' }, { type: 'document' }].map(readDocumentEvent)).toEqual(Array(5).fill(undefined));
    expect(readDocumentEvent({ type: 'verdict' })).toEqual({ type: 'unknown' });
  });
});

describe('progress', () => {
  it.each<[LoadProgress]>([
    [{ type: 'verify', file: 'a', doneBytes: 1, totalBytes: 2 }],
    [{ type: 'convert', item: 'b', doneBytes: 1, totalBytes: 2 }],
    [{ type: 'wait', reason: 'another process converts' }],
    [{ type: 'session', name: 'vision', done: 1, total: 3 }],
  ])('of loading: %j', (progress) => {
    expect(readDocumentEvent(viaJson({ type: 'load', ...writeLoad(progress) }))).toEqual({ type: 'load', progress });
  });

  it('of pages, of the line and of the text', () => {
    const counts = { page: 4, done: 1, total: 2 };
    expect(readDocumentEvent({ type: 'wait', ahead: 2 })).toEqual({ type: 'wait', ahead: 2 });
    expect(readDocumentEvent({ type: 'progress', ...counts })).toEqual({ type: 'progress', ...counts });
    expect(readDocumentEvent({ type: 'progress', ...counts, work: { phase: 'prefill', done: 3, total: 9 } })).toEqual({
      type: 'progress',
      ...counts,
      event: { type: 'progress', phase: 'prefill', done: 3, total: 9 },
    });
    expect(readDocumentEvent({ type: 'text', page: 4, delta: '\n' })).toEqual({ type: 'text', page: 4, delta: '\n' });
  });
});
