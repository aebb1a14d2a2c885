import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readablePages } from '../../../dev/src/testing/nano-samples.ts';
import { loadModel } from '../../src/index.ts';

const home = mkdtempSync(join(tmpdir(), 'h2ovl-changed-'));
beforeAll(() => {
  process.env.H2OVL_HOME = home;
});
afterAll(() => {
  delete process.env.H2OVL_HOME;
  rmSync(home, { recursive: true, force: true });
});

it('answers about the bytes it was given, whatever the caller does with them afterwards', async () => {
  const [{ path, question, pytorch }] = readablePages;
  await using model = await loadModel('nano', { maxConcurrent: 1 });
  const [buffer, listed] = [readFileSync(path), readFileSync(path)];
  const answer = model.generate({ prompt: question, images: [buffer] });
  const stream = model.stream({
    messages: [
      {
        role: 'user',
        content: [
          { type: 'image', image: listed },
          { type: 'text', text: question },
        ],
      },
    ],
  });
  buffer.fill(0);
  listed.fill(0);
  expect((await answer).text).toBe(pytorch);
  expect((await stream.result).text).toBe(pytorch);
});
