import { Console } from 'node:console';
import type { Writable } from 'node:stream';
import { createLog, type Log, type LogFields } from './log.ts';

/**
 * Standard output carries JSON-RPC, so whatever a library prints goes to standard error, and Node's warnings become lines of the log.
 * For the process of a server, once, before anything else.
 */
export function keepStdoutClean(stderr: Writable): Log {
  globalThis.console = new Console(stderr, stderr);
  stderr.on('error', () => {}); // nobody reads the log any more
  const log = createLog((line) => stderr.write(line));
  process.removeAllListeners('warning');
  process.on('warning', (warning) => log('warn', 'node-warning', describe(warning)));
  return log;
}

/** What others warn of may quote anything; the library's own warnings are sentences about the machine, and say why it computes where it does. */
function describe({ name, code, message }: Error & { readonly code?: string }): LogFields {
  return code?.startsWith('H2OVL_') ? { name, code, message } : { name };
}
