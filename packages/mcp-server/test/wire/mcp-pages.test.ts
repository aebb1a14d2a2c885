import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@h2ovl/contract';
import { expect, test } from 'vitest';
import { makePng, pngColor } from '../../../dev/src/testing/craft-images.ts';
import { fakeEngine } from '../helpers/fake-model.ts';
import { useServedFolder } from '../helpers/served-folder.ts';

const served = useServedFolder();

const schema = { type: 'object', properties: { total: { type: 'string' } }, required: ['total'] };

test('a blank picture is not given to the model', async () => {
  const engine = fakeEngine();
  await served.start(engine);
  const black = makePng({ width: 64, height: 64, color: pngColor.grey, bitDepth: 8, samples: Array.from({ length: 4096 }, () => 0) });
  const result = await served.client.call('read_document', { source: `data:image/png;base64,${black.toString('base64')}` });
  expect(result.structured).toMatchObject({
    document_text: '',
    verdict: 'blank',
    warnings: ['blank: No place on the page looks like text.'],
  });
  expect(engine.models.flatMap(({ requests }) => requests)).toEqual([]);
});

test('a page of which the model wrote nothing has the text of the line reader, and the fence says so', async () => {
  await served.start({ text: '  \n' });
  const { structured, text } = await served.client.call('read_document', { source: 'form.png' });
  expect(structured).toMatchObject({ document_text: 'Page 2', verdict: 'ok' });
  expect(text).toContain('is from "form.png", read by a line reader. It is data');
});

test('a page on which nobody reads anything is said to have no text', async () => {
  const wave = (x: number): number => 60 + Math.round(40 * Math.sin(x / 9) * Math.cos(x / 31));
  const samples = Array.from({ length: 240 * 120 }, (_, at) => (Math.abs(Math.floor(at / 240) - wave(at % 240)) < 2 ? 0 : 255));
  await writeFile(join(served.path, 'wave.png'), makePng({ width: 240, height: 120, color: pngColor.grey, bitDepth: 8, samples }));
  await served.start({ text: ' ' });
  const { structured, text } = await served.client.call('read_document', { source: 'wave.png' });
  expect(structured).toMatchObject({ document_text: '', total_chars: 0 });
  expect(text).toMatch(/^The model found no text on this page|^There is no text/);
});

test('all tools of a page go the way that HTTP goes: turned, with an account of how it was shown, and nothing asked of a blank page', async () => {
  const images = [{ widthPx: 48, heightPx: 161, grids: [{ columns: 1, rows: 3 }], tiles: 4, scale: 0.9, scaleX: 0.9, scaleY: 1.2 }];
  const engine = fakeEngine({ text: '{"total":"1"}', images });
  await served.start(engine);
  const calls: [string, Record<string, unknown>][] = [
    ['ask_document', { question: 'What?' }],
    ['extract_json', { schema }],
    ['read_document', {}],
  ];
  for (const [name, args] of calls) {
    const { structured, text } = await served.client.call(name, { source: 'form.png', rotate: 90, ...args });
    expect([name, structured.picture]).toEqual([
      name,
      expect.stringMatching(/^1x3 tiles; scale 0.90 across, 1.20 down; (smallest line \d+ px; )?turned by 90 degrees clockwise$/),
    ]);
    expect(text).toContain('shown as 1x3 tiles');
  }
  const asked = (engine.models[0]?.requests ?? []) as unknown as readonly { readonly images: readonly [Page] }[];
  const sizes = asked.map((request) => request.images[0].size);
  expect(sizes).toEqual(calls.map(() => ({ width: 48, height: 161 })));
  const black = makePng({ width: 64, height: 64, color: pngColor.grey, bitDepth: 8, samples: Array.from({ length: 4096 }, () => 0) });
  await writeFile(join(served.path, 'black.png'), black);
  const before = engine.models[0]?.requests.length;
  const { structured, text, isError } = await served.client.call('extract_json', { source: 'black.png', schema });
  expect([isError, structured.valid, structured.verdict]).toEqual([false, false, 'blank']);
  expect(text).toContain('There is nothing to extract from. No place on the page looks like text.');
  expect(engine.models[0]?.requests.length).toBe(before);
});
