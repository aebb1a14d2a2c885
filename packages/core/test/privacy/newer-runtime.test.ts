import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeOnnx } from '../../src/runtime/onnx-bytes.ts';
import { canIsolate, hasStrace, traceSockets } from './trace-sockets.ts';

/** A release that sends telemetry by itself; not in the lock file, since nothing of ours may bring it along. */
const newer = '1.30.0';
const isFull = process.env.H2OVL_TRIAL === 'full';
const folder = mkdtempSync(join(tmpdir(), 'h2ovl-runtime-'));
/** Where it lies, outside every lock file: the full trial puts it there once; `npm test` uses it when it is there. */
const installed = join(import.meta.dirname, '../../../../.cache', `onnxruntime-node-${newer}`);

/** Why the newer release cannot be watched here; undefined when it can. */
function whyNot(): string | undefined {
  if (!canRun) return 'that takes Linux with strace and unshare';
  if (existsSync(join(installed, 'node_modules', 'onnxruntime-node', 'package.json'))) return undefined;
  if (!isFull) return 'it is not installed here: npm run trial:egress does it';
  mkdirSync(installed, { recursive: true });
  writeFileSync(join(installed, 'package.json'), '{"private":true}');
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-save', `onnxruntime-node@${newer}`];
  const { status, stderr } = spawnSync('npm', args, { cwd: installed, encoding: 'utf8' });
  return status === 0 ? undefined : `npm could not install it: ${stderr}`;
}

const canRun = hasStrace() && canIsolate();
const obstacle = whyNot();
const hasNewer = obstacle === undefined;
if (!hasNewer) console.warn(`SKIPPED: the telemetry of onnxruntime-node ${newer} is not looked for: ${obstacle}.`);

const addressOf = (file: string): string => pathToFileURL(createRequire(file).resolve('onnxruntime-node')).href;
const graph = join(folder, 'graph.onnx');

beforeAll(() => {
  const dims = [1];
  const bytes = encodeOnnx({
    nodes: [{ operator: 'Abs', inputs: ['x'], outputs: ['y'] }],
    inputs: [{ name: 'x', dtype: 'float32', dims }],
    outputs: [{ name: 'y', dtype: 'float32', dims }],
  });
  writeFileSync(graph, bytes);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** In a network namespace without a way out: nothing is sent, whatever is tried. Its first look-up of a name comes ten seconds after the start. */
const watch = (address: string): ReturnType<typeof traceSockets> =>
  traceSockets([join(import.meta.dirname, 'open-a-session.mjs'), address, graph, isFull ? '60' : '20'], {}, { isIsolated: true });

describe('a runtime that sends telemetry', () => {
  it.runIf(hasNewer)(`turns the check red: onnxruntime-node ${newer}, unguarded`, () => {
    const { result, network } = watch(addressOf(join(installed, 'package.json')));
    expect(result.stdout.trim(), result.stderr).toBe('x');
    expect(network.length).toBeGreaterThan(0);
  });

  it.runIf(canRun)('is not the one that core depends on', () => {
    const { result, network } = watch(addressOf(join(import.meta.dirname, '../../package.json')));
    expect([result.stdout.trim(), network], result.stderr).toEqual(['x', []]);
  });
});
