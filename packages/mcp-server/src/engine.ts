import type { LoadProgress, OutputSchema, VisionModel } from '@h2ovl/contract';
import type { ServerConfig } from './server-config.ts';

/** Opens the model. Called on first use, and again after a failure. */
export type ModelLoader = (options: {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: LoadProgress) => void;
}) => Promise<VisionModel>;

/** Makes a JSON Schema into an output schema; throws an error with code INVALID_ARGUMENT where it cannot be checked. */
export type OutputSchemaMaker = (schema: Readonly<Record<string, unknown>>) => OutputSchema | Promise<OutputSchema>;

/** Where models come from. */
export interface Engine {
  readonly load: (config: ServerConfig) => ModelLoader;
  readonly makeOutputSchema: OutputSchemaMaker;
}

/**
 * The engine over `@h2ovl/core`. Core is imported on first use: its native libraries take a moment to load, and a client that only
 * lists tools should be answered at once.
 */
export const coreEngine: Engine = {
  load:
    ({ model, parallelAnswers, threads }) =>
    async ({ signal, onProgress }) => {
      const { loadModel } = await import('@h2ovl/core');
      return loadModel(model, { signal, onProgress, maxConcurrent: parallelAnswers, ...(threads === undefined ? {} : { threads }) });
    },
  makeOutputSchema: async (schema) => {
    const { jsonSchema } = await import('@h2ovl/core');
    return jsonSchema(schema);
  },
};
