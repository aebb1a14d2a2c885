import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BenchReport } from '../../../src/bench/report.ts';
import { bundleScript } from '../../../src/testing/bundle-script.ts';

let script: string;
let home: string;

beforeAll(async () => {
  script = fileURLToPath(await bundleScript(new URL('../../../src/main.ts', import.meta.url)));
  home = mkdtempSync(join(tmpdir(), 'h2ovl-bench-'));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function runBench(args: readonly string[], onError: (text: string, child: ChildProcess) => void = () => {}): Promise<Ended> {
  const child = spawn(process.execPath, [script, 'bench', ...args], { env: { ...process.env, H2OVL_HOME: home } });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
    onError(stderr, child);
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
}

test('measures nano through processes of its own, with nothing but JSON on stdout', async () => {
  const { code, stdout, stderr } = await runBench(['--model', 'nano', '--quick', '--repeat', '1', '--only', 'overhead,cancel', '--json']);
  expect(stderr).toContain('converting to fast');
  expect(code).toBe(0);
  const { machine, rows } = JSON.parse(stdout) as BenchReport;
  expect(rows.map(({ work, n }) => [work, n])).toEqual([
    ['overhead per token', 1],
    ['cancel in prefill', 1],
    ['cancel in decode', 1],
  ]);
  for (const { value } of rows) expect(value).toBeGreaterThan(0);
  expect(machine.threads).toBeGreaterThanOrEqual(1);
});

test('stops at Ctrl-C with 130, prints no result and leaves no process behind', async () => {
  let hasInterrupted = false;
  const { code, stdout } = await runBench(['--model', 'nano', '--repeat', '100000', '--only', 'roofs'], (text, child) => {
    if (hasInterrupted || !text.includes('roofs: read bandwidth')) return;
    hasInterrupted = true;
    child.kill('SIGINT'); // to the parent alone: it has to end its child itself
  });
  expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
  await expect.poll(listEngines).toEqual([]);
});

/** Command lines of engines that this test's script started; none where the system does not list them. */
function listEngines(): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').flatMap((pid) => {
    try {
      const command = /^\d+$/.test(pid) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8') : '';
      return command.includes(script) && command.includes('engine') ? [command] : [];
    } catch {
      return []; // ended in the meantime
    }
  });
}
