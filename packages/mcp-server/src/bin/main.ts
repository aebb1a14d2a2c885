#!/usr/bin/env node
import { Console } from 'node:console';
import { coreEngine } from '../engine.ts';
import { createLog, describeOrigin } from '../log.ts';
import { runServer } from '../run-server.ts';

// stdout carries JSON-RPC; whatever a library prints must not get in between. stderr carries JSON lines, Node's warnings included.
globalThis.console = new Console(process.stderr, process.stderr);
process.stderr.on('error', () => {}); // nobody reads the log any more
const log = createLog((line) => process.stderr.write(line));
process.removeAllListeners('warning');
process.on('warning', (warning) => log('warn', 'node-warning', { name: warning.name }));

const stopped = new Promise<'SIGTERM' | 'SIGINT'>((resolve) => {
  process.once('SIGTERM', () => resolve('SIGTERM'));
  process.once('SIGINT', () => {
    resolve('SIGINT');
    process.once('SIGINT', () => process.exit(130)); // asked twice: at once
  });
});

const { argv, env, stdin, stdout, stderr } = process;
const exitCode = await runServer({ args: argv.slice(2), env, stdin, stdout, stderr, stopped }, coreEngine).catch((error: unknown) => {
  log('error', 'crashed', describeOrigin(error));
  return 1;
});
process.exit(exitCode);
