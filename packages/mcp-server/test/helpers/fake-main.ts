import { Console } from 'node:console';
import { runServer } from '../../src/run-server.ts';
import { fakeEngine } from './fake-model.ts';

// The server as its command starts it, with a fake model: FAKE holds its options as JSON. Reports on stderr when a run of the model ends.
globalThis.console = new Console(process.stderr, process.stderr);
const options = JSON.parse(process.env.FAKE ?? '{}') as Parameters<typeof fakeEngine>[0];
const engine = fakeEngine(options);
let wasRunning = 0;
setInterval(() => {
  const running = engine.models[0]?.running ?? 0;
  if (running !== wasRunning) process.stderr.write(`${JSON.stringify({ event: 'fake-running', running })}\n`);
  wasRunning = running;
}, 5).unref();
const stopped = new Promise<'SIGTERM' | 'SIGINT'>((resolve) => {
  process.once('SIGTERM', () => resolve('SIGTERM'));
  process.once('SIGINT', () => resolve('SIGINT'));
});
const { argv, env, stdin, stdout, stderr } = process;
process.exit(await runServer({ args: argv.slice(2), env, stdin, stdout, stderr, stopped }, engine));
