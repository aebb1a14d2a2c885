#!/usr/bin/env node
import { Console } from 'node:console';
import { coreEngine } from '../engine.ts';
import { runServer } from '../run-server.ts';

// stdout carries JSON-RPC; whatever a library prints must not get in between.
globalThis.console = new Console(process.stderr, process.stderr);

const stopped = new Promise<'SIGTERM' | 'SIGINT'>((resolve) => {
  process.once('SIGTERM', () => resolve('SIGTERM'));
  process.once('SIGINT', () => {
    resolve('SIGINT');
    process.once('SIGINT', () => process.exit(130)); // asked twice: at once
  });
});

const exitCode = await runServer(
  { args: process.argv.slice(2), env: process.env, stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, stopped },
  coreEngine,
);
process.exit(exitCode);
