import { expect, it } from 'vitest';
import { type NanoPage, nanoPages, readablePages } from '../../../dev/src/testing/nano-samples.ts';
import { loadModel } from '../../src/index.ts';
import { leastBytes, tokensWithin } from '../../src/model/kv-cache.ts';
import { readManifest } from '../../src/model-files/verify-files.ts';
import { useOwnHome } from '../helpers/own-home.ts';

useOwnHome();

it('reads pages together within a cache that holds hardly two of them, as it reads them alone', async () => {
  const pages = readablePages.slice(0, 3);
  const prompt = (path: string) => ({ prompt: 'Read the text in the image.', images: [path] });
  const ask = (path: string) => ({ ...prompt(path), maxOutputTokens: 120 });
  const roomy = await loadModel('nano');
  const inputTokens = await Promise.all(pages.map(({ path }) => roomy.countTokens(prompt(path))));
  const longest = Math.max(...inputTokens.map((count) => count.inputTokens)) + 120;
  const alone: string[] = [];
  for (const { path } of pages) alone.push((await roomy.generate(ask(path))).text);
  const { model } = await readManifest((await roomy.info()).directory ?? '');
  await roomy.dispose();
  let maxCacheBytes = leastBytes(model);
  while (tokensWithin(model, maxCacheBytes) < longest) maxCacheBytes += leastBytes(model);
  await using tight = await loadModel('nano', { maxCacheBytes: Math.ceil(maxCacheBytes * 1.5), maxConcurrent: 4 });
  const together = await Promise.all(pages.map(async ({ path }) => (await tight.generate(ask(path))).text));
  expect(together).toEqual(alone);
});

it('refuses a prompt that its cache cannot hold, and ends an answer that fills it, in numbers and with the next move', async () => {
  const probe = await loadModel('nano');
  const { model } = await readManifest((await probe.info()).directory ?? '');
  await probe.dispose();
  await expect(loadModel('nano', { maxCacheBytes: leastBytes(model) - 1 })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: expect.stringContaining(`takes ${leastBytes(model)} bytes`),
  });
  await using small = await loadModel('nano', { maxCacheBytes: leastBytes(model) });
  const held = tokensWithin(model, leastBytes(model));
  await expect(small.generate({ prompt: 'a '.repeat(held) })).rejects.toMatchObject({
    code: 'CONTEXT_OVERFLOW',
    message: expect.stringMatching(new RegExp(`has \\d+ tokens; .*maxCacheBytes.* ${held}, the answer included`)),
    hint: expect.stringContaining('Raise maxCacheBytes'),
  });

  // The longest text of the samples, in the smallest cache that its prompt fits into.
  const [longest] = [...nanoPages].sort((a, b) => b.pytorch.length - a.pytorch.length) as [NanoPage];
  const ask = { prompt: longest.question, images: [longest.path] };
  const { inputTokens } = await small.countTokens(ask);
  let maxCacheBytes = leastBytes(model);
  while (tokensWithin(model, maxCacheBytes) <= inputTokens) maxCacheBytes += leastBytes(model);
  await using cutting = await loadModel('nano', { maxCacheBytes });
  const cut = await cutting.generate(ask);
  expect([cut.finishReason, cut.usage.outputTokens]).toEqual(['length', tokensWithin(model, maxCacheBytes) - inputTokens]);
  expect(cut.warnings.map(({ message }) => message).join()).toContain('the cache that maxCacheBytes allows was full');
});
