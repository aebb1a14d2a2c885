import { type LoadProgress, type OutputSchema, VisionError, type VisionModel } from '@h2ovl/contract';
import type { DeviceName } from '@h2ovl/core';
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
  /** Fails where the device has a name that is none; nothing is opened. */
  readonly checkDevice?: (config: ServerConfig) => Promise<void>;
  /** Fails with MODEL_NOT_FOUND when this machine has no such model; nothing is opened. */
  readonly find?: (config: ServerConfig) => Promise<void>;
  readonly load: (config: ServerConfig) => ModelLoader;
  readonly makeOutputSchema: OutputSchemaMaker;
}

/**
 * The engine over `@h2ovl/core`. Core is imported on first use: its native libraries take a moment to load, and a client that only
 * lists tools should be answered at once.
 */
export const coreEngine: Engine = {
  checkDevice: async ({ device }) => {
    if (device !== undefined) (await import('@h2ovl/core')).checkDeviceName(device);
  },
  find: async ({ model, transport }) => {
    if (model === 'nano') return; // it comes with the package
    const { locateModel, modelAliases } = await import('@h2ovl/core');
    // An agent can list documents and read text layers before a published model was pulled; its first question says how to get it.
    if (transport === 'stdio' && Object.hasOwn(modelAliases, model.toLowerCase())) return;
    await locateModel(model);
  },
  load:
    ({ model, parallelAnswers, threads, device }) =>
    async ({ signal, onProgress }) => {
      const { loadModel } = await import('@h2ovl/core');
      const options = {
        ...{ signal, onProgress, maxConcurrent: parallelAnswers },
        ...(threads !== undefined && { threads }),
        ...(device !== undefined && { device: device as DeviceName }), // checked before
      };
      return loadModel(model, options).catch((error: unknown) => {
        throw inServerWords(error);
      });
    },
  makeOutputSchema: async (schema) => {
    const { jsonSchema } = await import('@h2ovl/core');
    return jsonSchema(schema);
  },
};

/** Whoever runs a server has a command line, where the library names a function of its own. */
function inServerWords(error: unknown): unknown {
  const hint = VisionError.isInstance(error)
    ? error.hint
        ?.replace(/\bpullModel\('([^']+)'\)/g, 'npx h2ovl pull $1')
        .replace(/\bprobeDevices\(\{ reprobe: true \}\)/g, 'npx h2ovl info --probe --reprobe')
    : undefined;
  if (!VisionError.isInstance(error) || hint === undefined || hint === error.hint) return error;
  return new VisionError(error.code, error.message, { hint, cause: error });
}
