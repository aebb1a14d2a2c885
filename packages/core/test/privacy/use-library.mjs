// What a program does with the library: load, ask, stream, ask again, dispose. Prints the first answer.
import { loadModel } from '@h2ovl/core';

const [image, question] = process.argv.slice(2);
const model = await loadModel('nano');
const { text } = await model.generate({ prompt: question, images: [image] });
for await (const delta of model.stream({ prompt: 'What is the date?', images: [image] }).textStream) void delta;
await model.dispose();
// Telemetry is often sent late: stay a while, in the full trial a minute.
await new Promise((resolve) => setTimeout(resolve, process.env.H2OVL_TRIAL === 'full' ? 60_000 : 3000));
console.log(text);
