#!/usr/bin/env node
import { coreEngine } from './engine.ts';
import { runCli } from './run-cli.ts';
import { followStopSignals } from './stop-request.ts';

const { argv, env, stdin, stdout, stderr } = process;
const stopSignal = followStopSignals(process, (exitCode) => process.exit(exitCode));
process.exitCode = await runCli({ args: argv.slice(2), env, stdin, stdout, stderr, stopSignal }, coreEngine);
