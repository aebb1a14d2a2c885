import { existsSync, readdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { VisionError } from '@h2ovl/contract';
import type * as Koffi from 'koffi';
import { ownRequire } from '../../store/own-files.ts';

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

/** The version the index table in ort-api.ts was checked against. */
export const supportedOrtVersion = '1.27.0';
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
 * Opens the shared library inside the `onnxruntime-node` package, once per process.
 * @throws VisionError RUNTIME_UNAVAILABLE when koffi or the library cannot be loaded, or its version is not the one that was checked
 */
export function loadOrtLibrary(): Promise<OrtLibrary> {
  loaded ??= openLibrary();
  return loaded;
}

async function openLibrary(): Promise<OrtLibrary> {
  const koffi = await importKoffi();
  const file = findOrtLibrary();
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

/** Refuses every version but the one whose table was checked: a wrong index crashes the process. */
export function assertSupportedVersion(version: string): void {
  if (version === supportedOrtVersion) return;
  throw unavailable(`The installed ONNX Runtime is ${version}; its functions are known here for ${supportedOrtVersion} only.`);
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

async function importKoffi(): Promise<KoffiModule> {
  try {
    const module = (await import('koffi')) as KoffiModule & { readonly default?: KoffiModule };
    return module.default ?? module;
  } catch (error) {
    throw unavailable(`The package koffi could not be loaded: ${messageOf(error)}.`, error);
  }
}

/** Where `onnxruntime-node` keeps the library for this platform. @throws VisionError RUNTIME_UNAVAILABLE */
export function findOrtLibrary(platform: NodeJS.Platform = process.platform, arch: string = process.arch): string {
  let packageFile: string;
  try {
    packageFile = ownRequire.resolve('onnxruntime-node/package.json');
  } catch (error) {
    throw unavailable('The package onnxruntime-node is not installed.', error);
  }
  const folder = path.join(path.dirname(realpathSync(packageFile)), 'bin', 'napi-v6', platform, arch);
  const isLibrary = libraryPatterns[platform];
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  const name = isLibrary === undefined ? undefined : names.find((candidate) => isLibrary.test(candidate));
  if (name === undefined) throw unavailable(`onnxruntime-node has no library for ${platform} ${arch} (looked in ${folder}).`);
  return realpathSync(path.join(folder, name));
}

const libraryPatterns: Readonly<Partial<Record<NodeJS.Platform, RegExp>>> = {
  linux: /^libonnxruntime\.so\.1/,
  darwin: /^libonnxruntime(\.[\d.]+)?\.dylib$/,
  win32: /^onnxruntime\.dll$/,
};

function unavailable(message: string, cause?: unknown): VisionError {
  return new VisionError('RUNTIME_UNAVAILABLE', message, {
    hint: `Install onnxruntime-node ${supportedOrtVersion} and koffi with their optional dependencies.`,
    cause,
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.split('\n', 1)[0]?.replace(/\.$/, '') || error.name : String(error);
}
