import { existsSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { VisionError } from '@h2ovl/contract';
import { ownRequire } from '../store/own-files.ts';

/** The native files that compute here. */
export interface NativeFiles {
  /** ONNX Runtime's shared library. */
  readonly library: string;
  /** Its binding for Node, which loads the library that lies beside it. */
  readonly binding: string;
  /** The native part of koffi, which calls the library's C API. Undefined where it is not installed: the binding is enough. */
  readonly koffi: string | undefined;
  /** Version of ONNX Runtime, as the package that holds the files says it. */
  readonly version: string;
}

/** The version that the table of functions in ffi/ort-api.ts and worker/ort-binding.ts were checked against. */
const supportedOrtVersion = '1.27.0';

/** Systems that ONNX Runtime is built for, each with the name of its library. */
const libraryNames: Readonly<Record<string, string>> = {
  'linux-x64': 'libonnxruntime.so.1',
  'linux-arm64': 'libonnxruntime.so.1',
  'darwin-arm64': 'libonnxruntime.1.dylib',
  'win32-x64': 'onnxruntime.dll',
  'win32-arm64': 'onnxruntime.dll',
};
const bindingName = 'onnxruntime_binding.node';

export interface NativeFilesOptions {
  readonly platform?: string;
  readonly arch?: string;
  /** Finds a file of a package as an import would. @throws where the package is not installed */
  readonly resolve?: (file: string) => string;
  /** Whether this process runs on musl, which ONNX Runtime has no build for. */
  readonly isMusl?: () => boolean;
}

/**
 * The native files for this system: of the package `@h2ovl/runtime-*` that npm chose when it installed the library, else of `onnxruntime-node` and
 * koffi, from which those packages are made (a checkout has them).
 * @throws VisionError RUNTIME_UNAVAILABLE when there are none, with the way to get them
 */
export function findNativeFiles(options: NativeFilesOptions = {}): NativeFiles {
  const { platform = process.platform, arch = process.arch, resolve = ownRequire.resolve, isMusl = runsOnMusl } = options;
  const system = `${platform}-${arch}`;
  const libraryName = libraryNames[system];
  if (libraryName === undefined) throw unsupported(`${platform} ${arch}`);
  const find = (file: string): string | undefined => {
    try {
      return realpathSync(resolve(file));
    } catch {
      return undefined;
    }
  };
  const files = findRuntimePackage(system, libraryName, find) ?? findParts(platform, arch, libraryName, find);
  if (files !== undefined) return files;
  if (platform === 'linux' && isMusl()) throw unsupported(`${platform} ${arch} with musl (Alpine)`);
  throw missing(runtimePackage(system));
}

type Find = (file: string) => string | undefined;

const runtimePackage = (system: string): string => `@h2ovl/runtime-${system}`;

function findRuntimePackage(system: string, libraryName: string, find: Find): NativeFiles | undefined {
  const manifest = find(`${runtimePackage(system)}/package.json`);
  if (manifest === undefined) return undefined;
  const folder = path.dirname(manifest);
  const [library, binding, koffi] = [libraryName, bindingName, 'koffi.node'].map((name) => path.join(folder, name)) as [
    string,
    string,
    string,
  ];
  const lost = [library, binding, koffi].filter((file) => !existsSync(file));
  if (lost.length > 0) {
    throw new VisionError('RUNTIME_UNAVAILABLE', `The package ${runtimePackage(system)} is incomplete: ${lost.join(', ')} is missing.`, {
      hint: `Remove ${folder} and install again.`,
    });
  }
  return { library, binding, koffi, version: versionIn(manifest) };
}

/** The parts that a runtime package is made of, where they are installed by themselves. */
function findParts(platform: string, arch: string, libraryName: string, find: Find): NativeFiles | undefined {
  const manifest = find('onnxruntime-node/package.json');
  if (manifest === undefined || versionIn(manifest) !== supportedOrtVersion) return undefined;
  const folder = path.join(path.dirname(manifest), 'bin', 'napi-v6', platform, arch);
  const [library, binding] = [path.join(folder, libraryName), path.join(folder, bindingName)];
  if (!existsSync(library) || !existsSync(binding)) return undefined;
  const koffiManifest = find(`@koromix/koffi-${platform}-${arch}/package.json`);
  const koffi = koffiManifest && path.join(path.dirname(koffiManifest), `${platform}_${arch}`, 'koffi.node');
  return { library, binding, koffi: koffi !== undefined && existsSync(koffi) ? koffi : undefined, version: versionIn(manifest) };
}

/** A runtime package says which ONNX Runtime it holds; `onnxruntime-node` has its version. */
function versionIn(manifest: string): string {
  const { version, onnxruntime } = JSON.parse(readFileSync(manifest, 'utf8')) as {
    readonly version?: string;
    readonly onnxruntime?: string;
  };
  return onnxruntime ?? version ?? 'unknown';
}

/** Refuses every version but the one that was checked: a wrong index in the table of functions crashes the process. */
export function assertSupportedVersion(version: string): void {
  if (version === supportedOrtVersion) return;
  throw new VisionError(
    'RUNTIME_UNAVAILABLE',
    `The installed ONNX Runtime is ${version}; its functions are known here for ${supportedOrtVersion} only.`,
    { hint: 'Remove node_modules and the lock file, and install again.' },
  );
}

function unsupported(system: string): VisionError {
  return new VisionError('RUNTIME_UNAVAILABLE', `Models cannot run on ${system}: there is no ONNX Runtime ${supportedOrtVersion} for it.`, {
    hint:
      'They run on Linux with glibc 2.28 or newer (x64, arm64), macOS on Apple silicon, and Windows (x64, arm64). ' +
      'From here, use a server on one of those through @h2ovl/sdk.',
  });
}

function missing(name: string): VisionError {
  return new VisionError('RUNTIME_UNAVAILABLE', `The package ${name}, which computes on this system, is not installed.`, {
    hint:
      'Install with optional dependencies: npm install --include=optional. A lock file from another system can leave the package out: ' +
      'then remove the lock file and node_modules, and install again.',
  });
}

function runsOnMusl(): boolean {
  const report = process.report as typeof process.report & { excludeNetwork?: boolean };
  report.excludeNetwork = true; // else it looks up the names of open connections
  const { header } = report.getReport() as unknown as { readonly header?: { readonly glibcVersionRuntime?: string } };
  return header?.glibcVersionRuntime === undefined;
}
