import { loadModel } from '@h2ovl/core/internal/answer/load-model';
import type { EngineHandlers } from './engine-protocol.ts';

export interface LoadParams {
  readonly directory: string;
  readonly threads: number;
}

/** Loads the model as a user does. `ready` tells the milliseconds since this process began: Node's own start and our modules are in it. */
export async function start({ directory, threads }: LoadParams): Promise<EngineHandlers> {
  await loadModel(directory, { threads });
  const readyMs = performance.now();
  return { ready: () => readyMs };
}
