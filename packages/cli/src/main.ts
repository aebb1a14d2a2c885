#!/usr/bin/env node
import { coreLibrary } from './core-library.ts';
import { nameStart } from './name-start.ts';
import { runCli } from './run-cli.ts';
import { followStopSignals } from './stop-request.ts';

const { argv, env, stdin, stdout, stderr } = process;
const exit = (code: number): void => process.exit(code);
const interrupt = (): void => void process.kill(process.pid, 'SIGINT');
const stopSignal = followStopSignals(process, exit);
const h2ovl = nameStart(argv[1] ?? 'h2ovl', { env, folder: process.cwd() });
process.exitCode = await runCli({ args: argv.slice(2), env, h2ovl, stdin, stdout, stderr, stopSignal, interrupt, exit }, coreLibrary);
if (stopSignal.aborted) exit(process.exitCode); // a pipe that nobody writes to can be waited for, and not let go
