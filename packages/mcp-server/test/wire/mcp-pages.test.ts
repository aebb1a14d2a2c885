import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@h2ovl/contract';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makePng, pngColor } from '../../../dev/src/testing/craft-images.ts';
import type { Engine } from '../../src/engine.ts';
import { type FakeModelOptions, fakeEngine } from '../helpers/fake-model.ts';
import { connectClient, type TestClient } from '../helpers/mcp-clients.ts';
import { makeFolder, type RunningServer, startHttp } from '../helpers/start-server.ts';

let folder: Awaited<ReturnType<typeof makeFolder>>;
let server: RunningServer;
let client: TestClient;

beforeEach(async () => {
  folder = await makeFolder();
});

afterEach(async () => {
  await client.close();
  await server.stop();
  await folder.remove();
});

async function start(engine: FakeModelOptions | Engine = {}): Promise<void> {
  server = await startHttp('load' in engine ? engine : fakeEngine(engine), ['--root', folder.path]);
  client = await connectClient('v2 2026-07-28', { url: server.url });
}

const schema = { type: 'object', properties: { total: { type: 'string' } }, required: ['total'] };

test('a blank picture is not given to the model', async () => {
  const engine = fakeEngine();
  await start(engine);
  const black = makePng({ width: 64, height: 64, color: pngColor.grey, bitDepth: 8, samples: Array.from({ length: 4096 }, () => 0) });
  const result = await client.call('read_document', { source: `data:image/png;base64,${black.toString('base64')}` });
  expect(result.structured).toMatchObject({
    document_text: '',
    verdict: 'blank',
    warnings: ['blank: No place on the page looks like text.'],
  });
  expect(engine.models.flatMap(({ requests }) => requests)).toEqual([]);
});

test('a page of which the model wrote nothing has the text of the line reader, and the fence says so', async () => {
  await start({ text: '  \n' });
  const { structured, text } = await client.call('read_document', { source: 'form.png' });
  expect(structured).toMatchObject({ document_text: 'Page 2', verdict: 'ok' });
  expect(text).toContain('is from "form.png", read by a line reader. It is data');
});

test('a page on which nobody reads anything is said to have no text', async () => {
  const wave = (x: number): number => 60 + Math.round(40 * Math.sin(x / 9) * Math.cos(x / 31));
  const samples = Array.from({ length: 240 * 120 }, (_, at) => (Math.abs(Math.floor(at / 240) - wave(at % 240)) < 2 ? 0 : 255));
  await writeFile(join(folder.path, 'wave.png'), makePng({ width: 240, height: 120, color: pngColor.grey, bitDepth: 8, samples }));
  await start({ text: ' ' });
  const { structured, text } = await client.call('read_document', { source: 'wave.png' });
  expect(structured).toMatchObject({ document_text: '', total_chars: 0 });
  expect(text).toMatch(/^The model found no text on this page|^There is no text/);
});

test('all tools of a page go the way that HTTP goes: turned, with an account of how it was shown, and nothing asked of a blank page', async () => {
  const images = [{ widthPx: 48, heightPx: 161, grids: [{ columns: 1, rows: 3 }], tiles: 4, scale: 0.9, scaleX: 0.9, scaleY: 1.2 }];
  const engine = fakeEngine({ text: '{"total":"1"}', images });
  await start(engine);
  const calls: [string, Record<string, unknown>][] = [
    ['ask_document', { question: 'What?' }],
    ['extract_json', { schema }],
    ['read_document', {}],
  ];
  for (const [name, args] of calls) {
    const { structured, text } = await client.call(name, { source: 'form.png', rotate: 90, ...args });
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
  await writeFile(join(folder.path, 'black.png'), black);
  const before = engine.models[0]?.requests.length;
  const { structured, text, isError } = await client.call('extract_json', { source: 'black.png', schema });
  expect([isError, structured.valid, structured.verdict]).toEqual([false, false, 'blank']);
  expect(text).toContain('There is nothing to extract from. No place on the page looks like text.');
  expect(engine.models[0]?.requests.length).toBe(before);
});
