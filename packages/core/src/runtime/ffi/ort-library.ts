import { VisionError } from '@h2ovl/contract';
import type * as Koffi from 'koffi';
import { ownRequire } from '../../store/own-files.ts';
import { assertSupportedVersion, findNativeFiles } from '../native-files.ts';

/** The part of the koffi module that is used here. */
export type KoffiModule = typeof Koffi;

/** ONNX Runtime's shared library, opened in this process, with its table of functions. */
export interface OrtLibrary {
  readonly koffi: KoffiModule;
  readonly file: string;
  /** What the library itself says, for example 1.27.0. */
  readonly version: string;
  /** Addresses of the functions of OrtApi, by index. */
  readonly functions: readonly bigint[];
}

/** The version of koffi whose native functions are called here. */
const supportedKoffiVersion = '3.3.4';

// The table is append-only, so asking for the API of this version is the same as asking for any later one.
const apiVersion = 27;
// More entries than ort-api.ts names, fewer than API 27 has (over 400).
const functionCount = 300;

// ORT's kernels run on koffi's own stack in an asynchronous call; its 128 kB default is far below the 8 MB they are written for.
const asyncStackBytes = 8 * 1024 * 1024;

let loaded: Promise<OrtLibrary> | undefined;
// A library object that is collected unloads the library under running threads, so it is kept for the life of the process.
const keptLibraries: unknown[] = [];

/**
 * Opens the shared library of the installed runtime package, once per process.
 * @throws VisionError RUNTIME_UNAVAILABLE when koffi or the library cannot be loaded, or its version is not the one that was checked
 */
export function loadOrtLibrary(): Promise<OrtLibrary> {
  loaded ??= openLibrary();
  return loaded;
}

async function openLibrary(): Promise<OrtLibrary> {
  const { library: file, koffi: koffiFile } = findNativeFiles();
  const koffi = openKoffi(koffiFile);
  configure(koffi);
  let handle: Koffi.LibraryHandle;
  try {
    handle = koffi.load(file);
  } catch (error) {
    throw unavailable(`The library ${file} could not be loaded: ${messageOf(error)}.`, error);
  }
  keptLibraries.push(handle);
  const base = handle.func('OrtGetApiBase', 'void *', [])() as bigint;
  const [getApi, getVersionString] = koffi.decode(base, koffi.array('void *', 2)) as [bigint, bigint];
  const version = koffi.call(getVersionString, koffi.proto('str', [])) as string;
  assertSupportedVersion(version);
  const table = koffi.call(getApi, koffi.proto('void *', ['uint32_t']), apiVersion) as bigint | null;
  if (table === null) throw unavailable(`ONNX Runtime ${version} does not offer API ${apiVersion}.`);
  const functions = koffi.decode(table, koffi.array('void *', functionCount)) as bigint[];
  return { koffi, file, version, functions };
}

/** Stacks can be chosen only before the first call: a program that used koffi before us has decided for smaller ones. */
function configure(koffi: KoffiModule): void {
  try {
    // The pools are the resident stacks: two runs at a time is what native-calls.ts lets through.
    koffi.config({ async_stack_size: asyncStackBytes, resident_async_pools: 4 });
  } catch (error) {
    const hint = 'Load the first model before anything else in this process uses koffi.';
    process.emitWarning(`h2ovl computes through the slower adapter: koffi was in use already, and its stacks are too small. ${hint}`, {
      type: 'PerformanceWarning',
      code: 'H2OVL_SLOW_ADAPTER',
    });
    throw new VisionError('RUNTIME_UNAVAILABLE', `koffi was in use before, with stacks that are too small (${messageOf(error)}).`, {
      hint,
      cause: error,
    });
  }
}

function openKoffi(file: string | undefined): KoffiModule {
  if (file === undefined) throw unavailable('The native part of koffi is not installed.');
  let koffi: KoffiModule;
  try {
    // Its JavaScript part looks for this file and adds nothing that is used here.
    koffi = ownRequire(file) as KoffiModule;
  } catch (error) {
    throw unavailable(`The native part of koffi could not be loaded: ${messageOf(error)}.`, error);
  }
  if (koffi.version === supportedKoffiVersion) return koffi;
  throw unavailable(`The installed koffi is ${koffi.version}; its functions are known here for ${supportedKoffiVersion} only.`);
}

function unavailable(message: string, cause?: unknown): VisionError {
  return new VisionError('RUNTIME_UNAVAILABLE', message, {
    hint: 'Remove node_modules and install again, with optional dependencies. ONNX Runtime needs glibc 2.28 or newer on Linux.',
    cause,
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.split('\n', 1)[0]?.replace(/\.$/, '') || error.name : String(error);
}
