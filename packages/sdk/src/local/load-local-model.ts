import { APIError } from '../errors.ts';
import type { DisposableVisionModel, LocalModel } from './create-local-model.ts';
import { createLocalModel } from './create-local-model.ts';

const corePackage: string = '@h2ovl/core'; // a variable: an optional peer must not be looked up by compilers and bundlers

/** Imports core; replaced in tests. */
export type ImportCore = () => Promise<unknown>;

/**
 * Loads a model in this process: a folder, or one of core's names (`nano`, `0.8b`, `2b`). `options` are core's LoadOptions (`threads`, `onProgress`, `signal`, ...).
 * Throws APIError RUNTIME_UNAVAILABLE when @h2ovl/core is not installed, else what core's loadModel throws.
 */
export async function loadLocalModel(
  source: string | URL,
  options?: Readonly<Record<string, unknown>>,
  { importCore = () => import(corePackage) }: { readonly importCore?: ImportCore } = {},
): Promise<LocalModel> {
  const core = (await importCoreOrThrow(importCore)) as { readonly loadModel?: unknown }; // whatever is installed under that name
  if (typeof core.loadModel !== 'function') {
    throw new APIError('The installed @h2ovl/core has no loadModel.', {
      code: 'RUNTIME_UNAVAILABLE',
      hint: 'Install the version of @h2ovl/core that matches @h2ovl/sdk.',
    });
  }
  const loadModel = core.loadModel as (source: string | URL, options?: object) => Promise<DisposableVisionModel>; // core's documented signature
  return createLocalModel(await loadModel(source, options));
}

async function importCoreOrThrow(importCore: ImportCore): Promise<unknown> {
  try {
    return await importCore();
  } catch (error) {
    const isMissing =
      (error as { readonly code?: unknown } | undefined)?.code === 'ERR_MODULE_NOT_FOUND' && String(error).includes(corePackage);
    throw new APIError(
      isMissing ? 'Local models need @h2ovl/core, which is not installed.' : `@h2ovl/core could not be loaded: ${String(error)}`,
      {
        code: 'RUNTIME_UNAVAILABLE',
        cause: error,
        hint: isMissing
          ? 'Run `npm install @h2ovl/core`, or use VisionClient with a server.'
          : 'See the cause; a reinstall for this system and Node version usually helps.',
      },
    );
  }
}
