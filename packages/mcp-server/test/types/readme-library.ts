// The README's library snippet, word for word, so that the compiler reads it.

import { jsonSchema, loadModel } from '@h2ovl/core';
import { createLog, createMcpServer, ModelHost, ModelRunner, openRoots, serveMcpStdio, WorkQueue } from '@h2ovl/mcp-server';

const log = createLog((line) => process.stderr.write(line));
const host = new ModelHost({ id: 'nano', load: (options) => loadModel('nano', options), log });
const tools = {
  runner: new ModelRunner({ host, queue: new WorkQueue(), log }),
  roots: await openRoots(['/srv/scans']),
  makeOutputSchema: jsonSchema,
  log,
};
serveMcpStdio(() => createMcpServer(tools), { input: process.stdin, output: process.stdout, onError: () => {} });
