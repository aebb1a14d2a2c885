// A second question about the same page runs neither the vision encoder nor the page's prefill again.
import { readFileSync } from 'node:fs';
import { loadModel } from '@h2ovl/core';

const samples = new URL('../../packages/nano/samples/', import.meta.url);
const [{ file }] = JSON.parse(readFileSync(new URL('index.json', samples), 'utf8'));
const images = [new URL(file, samples)];

const model = await loadModel('nano');
const first = await model.generate({ prompt: 'What is the date?', images });
const second = await model.generate({ prompt: 'What is the total?', images });
for (const { text, usage, timings } of [first, second]) {
  const ms = Math.round(timings.imageMs + timings.visionMs + timings.prefillMs);
  console.log(`${text}: ${usage.cachedTokens} of ${usage.inputTokens} prompt tokens were known, ${ms} ms until the first token`);
}
await model.dispose();
process.exitCode = first.usage.cachedTokens === 0 && second.usage.cachedTokens > second.usage.imageTokens ? 0 : 1;
