export type { DisposableVisionModel, LocalModel } from './create-local-model.ts';
export { createLocalModel } from './create-local-model.ts';
export { loadLocalModel } from './load-local-model.ts';
