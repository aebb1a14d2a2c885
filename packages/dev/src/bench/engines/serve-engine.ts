import type { EngineHandlers, EngineKind, EngineReply, EngineRequest, EngineStart } from './engine-protocol.ts';
import { processorMs } from './processor-ms.ts';

const engines: Readonly<Record<EngineKind, () => Promise<{ readonly start: EngineStart }>>> = {
  language: () => import('./language-engine.ts'),
  vision: () => import('./vision-engine.ts'),
  page: () => import('./page-engine.ts'),
  generation: () => import('./generation-engine.ts'),
  load: () => import('./load-engine.ts'),
  lines: () => import('./lines-engine.ts'),
  document: () => import('./document-engine.ts'),
  roofs: () => import('./roofs-engine.ts'),
  llama: () => import('../peers/llama-engine.ts'),
  transformers: () => import('../peers/transformers-engine.ts'),
};

/** Answers questions of the parent process until it goes away, and of every kind `processorMs`; for child processes only. Resolves to the exit code. */
export async function serveEngine(kind: string): Promise<number> {
  if (!Object.hasOwn(engines, kind) || process.send === undefined) {
    process.stderr.write('bench engine is for the child processes that bench starts itself.\n');
    return 2;
  }
  const { start } = await engines[kind as EngineKind](); // checked above
  const reply = (message: EngineReply): void => {
    process.send?.(message);
  };
  let handlers: EngineHandlers = {};
  process.on('message', async ({ id, name, params }: EngineRequest) => {
    try {
      if (name === 'start') {
        handlers = await start(params as never); // the sender is our own openEngine
        reply({ id, result: null });
      } else if (name === 'processorMs') {
        reply({ id, result: processorMs() });
      } else {
        const handler = handlers[name];
        if (!handler) throw new Error(`The ${kind} engine has no question ${name}.`);
        reply({ id, result: (await handler(params as never)) ?? null });
      }
    } catch (error) {
      reply({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
  // Peers may hold threads and timers: when the parent is done, so is this process.
  process.on('disconnect', () => process.exit(0));
  return new Promise(() => {});
}
