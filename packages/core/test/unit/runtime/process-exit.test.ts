import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { bundleScript, bundleWorker } from '../../../../dev/src/testing/bundle-script.ts';
import { type Adapter, adapters } from '../../helpers/runtime-under-test.ts';

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

async function runChild(
  adapter: Adapter,
  manner: 'exit' | 'stay' | 'dispose',
  onRunning: (kill: (signal: NodeJS.Signals) => void) => void,
): Promise<Ended> {
  const script = fileURLToPath(await bundleScript(new URL('../../helpers/exit-during-run.ts', import.meta.url)));
  const child = spawn(process.execPath, [script, adapter, manner, (await bundleWorker()).href]);
  let output = '';
  child.stderr.on('data', (text) => {
    output += text;
  });
  child.stdout.on('data', (text) => {
    output += text;
    onRunning((signal) => child.kill(signal));
  });
  return new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal, output })));
}

// An abort of the native side would end the process with SIGABRT or SIGSEGV and a message on stderr.
test.each(adapters)('leaves with its own exit code when process.exit is called during a run (%s)', async (adapter) => {
  expect(await runChild(adapter, 'exit', () => {})).toEqual({ code: 7, signal: null, output: 'running\n' });
});

test.each(adapters)('is ended by an interrupt during a run like any process (%s)', async (adapter) => {
  const ended = await runChild(adapter, 'stay', (kill) => kill('SIGINT'));
  expect(ended).toEqual({ code: null, signal: 'SIGINT', output: 'running\n' });
});

test.each(adapters)('ends by itself once everything is disposed, with nothing left pending (%s)', async (adapter) => {
  const ended = await runChild(adapter, 'dispose', () => {});
  expect(ended).toMatchObject({ code: 0, signal: null, output: expect.stringMatching(/ended\ndisposed\n$/) });
});
