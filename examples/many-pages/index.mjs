// Several pages at once: their answers share decode steps, and are what each would be alone. One of them is cancelled on the way.
import { readFileSync } from 'node:fs';
import { loadModel } from '@h2ovl/core';

const samples = new URL('../../packages/nano/samples/', import.meta.url);
const pages = JSON.parse(readFileSync(new URL('index.json', samples), 'utf8')).slice(0, 4);
const ask = (page, signal) => ({ prompt: page.question, images: [new URL(page.file, samples)], ...(signal && { signal }) });

const model = await loadModel('nano', { maxConcurrent: 4 });
const alone = [];
for (const page of pages) alone.push((await model.generate(ask(page))).text);

const impatient = new AbortController();
const together = pages.map((page) => model.generate(ask(page)).then(({ text }) => text));
const cancelled = model.generate(ask(pages[0], impatient.signal)).catch((reason) => reason);
impatient.abort('no longer needed');

const texts = await Promise.all(together);
const same = texts.filter((text, index) => text === alone[index]).length;
console.log(`${same} of ${pages.length} pages read together as they are read alone; the cancelled one: ${await cancelled}`);
await model.dispose();
process.exitCode = same === pages.length && (await cancelled) === 'no longer needed' ? 0 : 1;
