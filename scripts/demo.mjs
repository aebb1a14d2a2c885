// `npm run demo`: sets the checkout up, reads a sample page with the small model nano, extracts JSON from another, and checks both.
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, setup } from './setup.mjs';

const samplesFolder = join(root, 'packages', 'nano', 'samples');
const samples = JSON.parse(readFileSync(join(samplesFolder, 'index.json'), 'utf8'));
// Those that are read right on every machine: PyTorch makes no fault, and no choice that the rounding of 8-bit weights could turn over.
const sure = samples.filter(({ answer, pytorch, smallest_margin: margin }) => answer === pytorch && margin >= 0.5);
const readSample = sure.find(({ question, answer }) => question === 'Read the text in the image.' && /\btotal\b/i.test(answer));
const jsonSample = sure.find(({ question }) => question.endsWith('}'));

setup();
const core = join(root, 'packages', 'core', 'dist', 'index.js');
const { jsonSchema, loadModel, VisionError } = await import(pathToFileURL(core).href);
const started = performance.now();
try {
  const model = await loadModel('nano', { onProgress });
  const loadMs = performance.now() - started;
  const right = [await readPage(model), await extractJson(model)];
  await model.dispose();
  console.log(`Loading the model took ${Math.round(loadMs)} ms, everything ${Math.round(performance.now() - started)} ms.`);
  console.log('Nothing left this machine: h2ovl opens no connections (npm test counts them).');
  process.exitCode = right.every(Boolean) ? 0 : 1;
} catch (error) {
  if (!VisionError.isInstance(error)) throw error;
  console.error(`${error.message} [${error.code}]${error.hint ? `\n${error.hint}` : ''}`);
  process.exitCode = 1;
}

async function readPage(model) {
  const image = join(samplesFolder, readSample.file);
  console.log(`Reading ${relative(root, image)}:\n`);
  const result = await model.generate({ prompt: readSample.question, images: [image] });
  console.log(`${result.text}\n`);
  printTimings(result);
  return check('text', [readSample.pytorch, readSample.answer].includes(result.text));
}

async function extractJson(model) {
  const image = join(samplesFolder, jsonSample.file);
  const skeleton = JSON.parse(jsonSample.question.slice(jsonSample.question.indexOf('{')));
  const fields = Object.keys(skeleton);
  const properties = Object.fromEntries(fields.map((name) => [name, { type: [typeof skeleton[name], 'null'] }]));
  const schema = jsonSchema({ type: 'object', properties, required: fields, additionalProperties: false });
  console.log(`Extracting ${fields.join(', ')} from ${relative(root, image)}:\n`);
  const result = await model.generate({ prompt: '', images: [image], schema });
  console.log(`${JSON.stringify(result.object, null, 2)}\n`);
  printTimings(result);
  return check('JSON', JSON.stringify(result.object) === JSON.stringify(JSON.parse(jsonSample.answer)));
}

/** The index states what was drawn and what PyTorch reads. */
function check(what, isRight) {
  if (isRight) console.log(`The ${what} is what packages/nano/samples/index.json says.\n`);
  else console.error(`The ${what} is not what packages/nano/samples/index.json says.\n`);
  return isRight;
}

/** Converting nano takes a second at most, so it is done where it is needed and neither shipped nor prepared by the setup. */
function onProgress({ type, doneBytes, totalBytes }) {
  if (type === 'convert' && doneBytes === totalBytes) console.error('Converted the checkpoint, once.\n');
}

function printTimings({ usage, timings }) {
  const { imageMs, visionMs, prefillMs, decodeMs } = timings;
  const tokensPerSecond = (usage.outputTokens / (decodeMs / 1000)).toFixed(0);
  const rows = [
    ['image', imageMs, 'opened and cut into tiles'],
    ['tiles', visionMs, `encoded to ${usage.imageTokens} tokens`],
    ['prefill', prefillMs, `${usage.inputTokens} tokens of image and question`],
    ['answer', decodeMs, `${usage.outputTokens} tokens, ${tokensPerSecond} tokens/s`],
    ['page', imageMs + visionMs + prefillMs + decodeMs, 'all of these'],
  ];
  for (const [name, ms, what] of rows) console.log(`${name.padEnd(8)}${`${Math.round(ms)} ms`.padStart(8)}  ${what}`);
  console.log();
}
