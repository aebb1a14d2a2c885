#!/usr/bin/env node
import { coreEngine } from '../engine.ts';
import { keepStdoutClean } from '../keep-stdout-clean.ts';
import { describeOrigin } from '../log.ts';
import { runServer } from '../run-server.ts';

const { argv, env, stdin, stdout, stderr } = process;
const log = keepStdoutClean(stderr);

const stopped = new Promise<'SIGTERM' | 'SIGINT'>((resolve) => {
  process.once('SIGTERM', () => resolve('SIGTERM'));
  process.once('SIGINT', () => {
    resolve('SIGINT');
    process.once('SIGINT', () => process.exit(130)); // asked twice: at once
  });
});

const exitCode = await runServer({ args: argv.slice(2), env, stdin, stdout, stderr, stopped }, coreEngine).catch((error: unknown) => {
  log('error', 'crashed', describeOrigin(error));
  return 1;
});
process.exit(exitCode);
