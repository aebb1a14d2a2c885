import { totalmem } from 'node:os';
import { VisionError } from '@h2ovl/contract';
import { loadSharp } from '../documents/load-sharp.ts';
import { listCpuFeatures } from '../runtime/cpu-features.ts';
import { probeInt8Limit } from '../runtime/int8-probe.ts';
import { openRuntime } from '../runtime/open-runtime.ts';
import { type Finding, gigabytes, ok, problem, warning } from './finding.ts';

/** What of the machine decides whether and how well models run; a parameter so that other machines can be described in tests. */
export interface SystemView {
  readonly nodeVersion: string;
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  /** Version of glibc; undefined on Linux means another C library, such as musl. */
  readonly glibc: string | undefined;
  readonly memoryBytes: number;
  readonly cpuFeatures: readonly string[];
}

/** Reading a page peaks at 2.2 GB for the 0.8B and 4.7 GB for the 2B (docs/performance.md); the system needs some too. */
const [smallModelBytes, largeModelBytes] = [3e9, 6e9];

export function thisSystem(): SystemView {
  const { header } = process.report.getReport() as { readonly header: { readonly glibcVersionRuntime?: string } };
  return {
    nodeVersion: process.versions.node,
    platform: process.platform,
    arch: process.arch,
    glibc: header.glibcVersionRuntime,
    memoryBytes: totalmem(),
    cpuFeatures: listCpuFeatures(),
  };
}

/** Node, system, memory and processor. */
export function inspectSystem({ nodeVersion, platform, arch, glibc, memoryBytes, cpuFeatures }: SystemView): Finding[] {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
  const isNodeNew = major > 20 || (major === 20 && minor >= 19);
  const system = `${platform} on ${arch}`;
  return [
    isNodeNew
      ? ok('Node', `Version ${nodeVersion}.`)
      : problem('Node', `Version ${nodeVersion} is too old.`, 'Install Node 20.19 or newer.'),
    platform === 'linux' && glibc === undefined
      ? problem(
          'system',
          `${system}, without glibc: ONNX Runtime has no build for it.`,
          'Use a system with glibc, such as Debian instead of Alpine.',
        )
      : ok('system', `${system}${glibc === undefined ? '' : `, glibc ${glibc}`}.`),
    inspectMemory(memoryBytes),
    inspectProcessor(arch, cpuFeatures),
  ];
}

function inspectMemory(bytes: number): Finding {
  const size = gigabytes(bytes);
  if (bytes < smallModelBytes) {
    return warning(
      'memory',
      `${size}: the small model nano runs; reading a page takes 2.2 GB with the 0.8B.`,
      'Run the 0.8B with 3 GB or more.',
    );
  }
  if (bytes < largeModelBytes) return ok('memory', `${size}: enough for the 0.8B; the 2B takes 4.7 GB while it reads a page.`);
  return ok('memory', `${size}.`);
}

function inspectProcessor(arch: string, features: readonly string[]): Finding {
  if (features.length === 0) return ok('processor', `${arch}; its features are not listed on this system.`);
  const list = features.join(', ');
  if (arch !== 'x64' || features.some((name) => /avx2|avx512/i.test(name))) return ok('processor', `${arch} with ${list}.`);
  return warning(
    'processor',
    `${arch} with ${list}, without AVX2: models run, but several times slower.`,
    'Use a processor from 2013 or later.',
  );
}

/** The native libraries: whether they load, in which versions, and on what they compute. */
export async function inspectLibraries(): Promise<Finding[]> {
  return [await inspectRuntime(), await inspectDecoders()];
}

async function inspectRuntime(): Promise<Finding> {
  const topic = 'runtime';
  try {
    const runtime = await openRuntime();
    try {
      const { version, executionProvider, adapter, threads, reasons } = runtime.info;
      const limit = await probeInt8Limit(runtime);
      const message = `ONNX Runtime ${version} on ${executionProvider}, ${adapter} adapter, threads: ${threads}; 8-bit weights are exact up to ${limit}.`;
      const fallback = reasons.find((reason) => reason.includes('could not be used'));
      return fallback === undefined
        ? ok(topic, message)
        : warning(
            topic,
            `${message} ${fallback}`,
            'Nothing has to be done: the worker adapter takes its place, and only stops later when a run is cancelled.',
          );
    } finally {
      await runtime.dispose();
    }
  } catch (error) {
    return failed(topic, error, 'Install again for this system, and report it if it stays.');
  }
}

async function inspectDecoders(): Promise<Finding> {
  const topic = 'images';
  try {
    const { versions } = await loadSharp();
    return ok(topic, `sharp ${versions.sharp} with libvips ${versions.vips}.`);
  } catch (error) {
    return failed(topic, error, 'Install again with optional dependencies on.');
  }
}

function failed(topic: string, error: unknown, next: string): Finding {
  const message = error instanceof Error ? error.message : String(error);
  return problem(topic, message, (VisionError.isInstance(error) ? error.hint : undefined) ?? next);
}
