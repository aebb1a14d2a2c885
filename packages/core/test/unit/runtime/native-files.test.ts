import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assertSupportedVersion, findNativeFiles } from '../../../src/runtime/native-files.ts';

let modules: string;
beforeEach(() => {
  modules = realpathSync(mkdtempSync(join(tmpdir(), 'h2ovl-native-')));
});
afterEach(() => rmSync(modules, { recursive: true, force: true }));

function install(file: string, contents: object | string = ''): string {
  const path = join(modules, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof contents === 'string' ? contents : JSON.stringify(contents));
  return path;
}

function installRuntime(system: string, library: string): string {
  install(`@h2ovl/runtime-${system}/package.json`, { version: '1.27.0-2', onnxruntime: '1.27.0' });
  for (const name of [library, 'onnxruntime_binding.node', 'koffi.node']) install(`@h2ovl/runtime-${system}/${name}`);
  return join(modules, `@h2ovl/runtime-${system}`);
}

/** Looks in the folder of this test, as an import looks in node_modules. */
function resolve(file: string): string {
  const path = join(modules, file);
  if (!existsSync(path)) throw Object.assign(new Error(`Cannot find module '${file}'`), { code: 'MODULE_NOT_FOUND' });
  return path;
}

describe('the native files', () => {
  it('are here', () => {
    const { library, binding, koffi, version } = findNativeFiles();
    for (const file of [library, binding, koffi]) expect(existsSync(file as string)).toBe(true);
    expect(version).toBe('1.27.0');
  });

  it.each([
    ['linux', 'x64', 'libonnxruntime.so.1'],
    ['linux', 'arm64', 'libonnxruntime.so.1'],
    ['darwin', 'arm64', 'libonnxruntime.1.dylib'],
    ['win32', 'x64', 'onnxruntime.dll'],
    ['win32', 'arm64', 'onnxruntime.dll'],
  ])('come from the runtime package of %s %s before all else', (platform, arch, library) => {
    install('onnxruntime-node/package.json', { version: '1.26.0' });
    for (const name of [library, 'onnxruntime_binding.node']) install(`onnxruntime-node/bin/napi-v6/${platform}/${arch}/${name}`);
    const folder = installRuntime(`${platform}-${arch}`, library);
    expect(findNativeFiles({ platform, arch, resolve })).toEqual({
      library: join(folder, library),
      binding: join(folder, 'onnxruntime_binding.node'),
      koffi: join(folder, 'koffi.node'),
      version: '1.27.0',
    });
  });

  it('come from onnxruntime-node and koffi where there is no runtime package', () => {
    install('onnxruntime-node/package.json', { version: '1.27.0' });
    const folder = 'onnxruntime-node/bin/napi-v6/darwin/arm64';
    const library = install(`${folder}/libonnxruntime.1.dylib`);
    const binding = install(`${folder}/onnxruntime_binding.node`);
    const options = { platform: 'darwin', arch: 'arm64', resolve };
    expect(findNativeFiles(options)).toEqual({ library, binding, koffi: undefined, version: '1.27.0' });
    install('@koromix/koffi-darwin-arm64/package.json', {});
    const koffi = install('@koromix/koffi-darwin-arm64/darwin_arm64/koffi.node');
    expect(findNativeFiles(options)).toEqual({ library, binding, koffi, version: '1.27.0' });
    install('onnxruntime-node/package.json', { version: '1.26.0' });
    expect(() => findNativeFiles(options)).toThrow('The package @h2ovl/runtime-darwin-arm64');
  });

  it.each([
    [
      'the package was left out',
      'linux',
      'x64',
      false,
      'The package @h2ovl/runtime-linux-x64, which computes on this system, is not installed.',
      '--include=optional',
    ],
    ['the C library is musl', 'linux', 'x64', true, 'Models cannot run on linux x64 with musl (Alpine)', 'glibc 2.28'],
    ['it is an Intel Mac', 'darwin', 'x64', false, 'Models cannot run on darwin x64', 'Apple silicon'],
    ['nobody builds for the system', 'sunos', 'x64', false, 'Models cannot run on sunos x64', '@h2ovl/sdk'],
  ])('are missing when %s, and the error says what to do', (_, platform, arch, isMusl, message, hint) => {
    expect(() => findNativeFiles({ platform, arch, resolve, isMusl: () => isMusl })).toThrow(
      expect.objectContaining({
        code: 'RUNTIME_UNAVAILABLE',
        message: expect.stringContaining(message),
        hint: expect.stringContaining(hint),
      }),
    );
  });

  it('are not taken from a package that lost one of them', () => {
    const folder = installRuntime('linux-x64', 'libonnxruntime.so.1');
    rmSync(join(folder, 'libonnxruntime.so.1'));
    expect(() => findNativeFiles({ platform: 'linux', arch: 'x64', resolve })).toThrow(
      expect.objectContaining({ code: 'RUNTIME_UNAVAILABLE', message: expect.stringContaining('libonnxruntime.so.1 is missing') }),
    );
  });

  it('are refused in every version but the one whose functions were counted', () => {
    expect(() => assertSupportedVersion('1.27.0')).not.toThrow();
    expect(() => assertSupportedVersion('1.27.1')).toThrow(
      'The installed ONNX Runtime is 1.27.1; its functions are known here for 1.27.0 only.',
    );
  });
});
