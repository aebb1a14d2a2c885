// A page goes in, its text comes out, while it is being written.
import { readFileSync } from 'node:fs';
import { loadModel } from '@h2ovl/core';

const samples = new URL('../../packages/nano/samples/', import.meta.url);
const prompt = 'Read the text in the image.';
// One that reads alike on every processor: no choice on its way was a close one.
const sample = JSON.parse(readFileSync(new URL('index.json', samples), 'utf8')).find(
  ({ question, smallest_margin: margin }) => question === prompt && margin >= 0.5,
);

const model = await loadModel('nano');
const stream = model.stream({ prompt, images: [new URL(sample.file, samples)] });
let text = '';
for await (const event of stream) {
  if (event.type === 'progress' && event.phase === 'encode-image') console.error(`tile ${event.done} of ${event.total}`);
  if (event.type !== 'text-delta') continue;
  text += event.delta;
  process.stdout.write(event.delta);
}
const { usage, timings } = await stream.result;
console.log(`\n${usage.imageTokens} image tokens, ${usage.outputTokens} tokens of text, ${Math.round(timings.decodeMs)} ms to write them`);
await model.dispose();
process.exitCode = text === sample.answer || text === sample.pytorch ? 0 : 1;
