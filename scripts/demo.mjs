// `npm run demo`: sets the checkout up, reads a sample receipt with the small model nano, and checks the text.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, setup } from './setup.mjs';

const file = '00-receipt.png';
const samples = join(root, 'packages', 'nano', 'samples');
const commandLine = join(root, 'packages', 'cli', 'dist', 'main.js');

setup();
const image = join(samples, file);
console.log(`Reading ${image} with nano, on this machine.\n`);
const startedMs = performance.now();
const { code, output } = await run(process.execPath, [commandLine, 'read', image, '--model', 'nano', '--json']);
const totalMs = performance.now() - startedMs;
if (code !== 0) process.exit(code);
const result = JSON.parse(output);
console.log(`${result.text}\n`);
printTimings(result, totalMs);
console.log('Nothing left this machine: h2ovl opens no connections (npm test counts them).');
process.exit(checkText(result.text) ? 0 : 1);

/** Runs a command with its progress shown; resolves to its exit code (130 after Ctrl-C) and what it printed. */
function run(command, args) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  // Ctrl-C reaches the child by itself, which stops within a step; this process waits for that. Other signals come to one process only.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  return new Promise((resolve) => {
    child.on('error', (error) => {
      console.error(`The command line could not be started: ${error.message}`);
      resolve({ code: 1, output });
    });
    child.on('close', (code, signal) => resolve({ code: code ?? (signal === 'SIGINT' ? 130 : 1), output }));
  });
}

function printTimings({ usage, timings }, commandMs) {
  const { imageMs, visionMs, prefillMs, decodeMs } = timings;
  const answerMs = imageMs + visionMs + prefillMs + decodeMs;
  const tokensPerSecond = (usage.outputTokens / (decodeMs / 1000)).toFixed(0);
  const rows = [
    ['image', imageMs, 'opened and cut into tiles'],
    ['tiles', visionMs, `encoded to ${usage.imageTokens} tokens`],
    ['prefill', prefillMs, `${usage.inputTokens} tokens of image and question`],
    ['answer', decodeMs, `${usage.outputTokens} tokens, ${tokensPerSecond} tokens/s`],
    ['page', answerMs, 'all of these'],
    ['total', commandMs, 'the whole command, with start and loading'],
  ];
  for (const [name, ms, what] of rows) console.log(`${name.padEnd(8)}${`${Math.round(ms)} ms`.padStart(8)}  ${what}`);
  console.log();
}

/** The index states what PyTorch read and what was drawn: the text has to be one of them, to the letter. */
function checkText(text) {
  const { answer, pytorch } = JSON.parse(readFileSync(join(samples, 'index.json'), 'utf8')).find((sample) => sample.file === file);
  if (text === pytorch.trim()) {
    console.log("The text equals PyTorch's, as samples/index.json states it.");
    return true;
  }
  if (text === answer.trim()) {
    console.log("The text is exactly what was drawn on the receipt. PyTorch's stored reading is not: it was made without a causal mask,");
    console.log('see docs/decisions/0002-causal-attention.md.');
    return true;
  }
  console.error('The text is neither what PyTorch read nor what was drawn on the receipt; samples/index.json states both.');
  return false;
}
