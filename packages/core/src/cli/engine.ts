import {
  type ConvertOptions,
  type ConvertReport,
  convertCheckpoint,
  type EnsuredModel,
  type EnsureOptions,
  ensureConverted,
} from '../convert/index.ts';
import {
  type ConvertedModel,
  cacheDirectory,
  type LoadOptions,
  type LocatedModel,
  listConverted,
  loadModel,
  locateModel,
  type Manifest,
  readManifest,
  removeConverted,
  type VerifyFilesOptions,
  type VisionModel,
  verifyFiles,
} from '../index.ts';
// biome-ignore lint/style/noRestrictedImports: `info` shows what the processor can do; nobody else outside runtime/ asks
import { listCpuFeatures } from '../runtime/cpu-features.ts';
// biome-ignore lint/style/noRestrictedImports: `convert` must choose for the cache what loadModel chooses
import { probeInt8Limit } from '../runtime/int8-probe.ts';
// biome-ignore lint/style/noRestrictedImports: the probe runs on it
import { openRuntime } from '../runtime/open-runtime.ts';

/** What the command line needs of the library; tests put their own in its place. */
export interface Engine {
  loadModel(source: string, options: LoadOptions): Promise<VisionModel>;
  locateModel(source: string): Promise<LocatedModel>;
  /** Converts into a folder of the user's. */
  convertCheckpoint(checkpoint: string, output: string, options: ConvertOptions): Promise<ConvertReport>;
  /** Converts into the cache, unless it is there. */
  ensureConverted(checkpoint: string, options: EnsureOptions): Promise<EnsuredModel>;
  readManifest(directory: string): Promise<Manifest>;
  verifyFiles(directory: string, manifest: Manifest, options: VerifyFilesOptions): Promise<void>;
  cacheDirectory(): string;
  listConverted(): Promise<ConvertedModel[]>;
  /** Resolves to the bytes that were freed. */
  removeConverted(name: string | undefined): Promise<number>;
  /** Instruction sets of this processor that decide between kernels. */
  listCpuFeatures(): readonly string[];
  /** Largest 8-bit weight that this processor multiplies exactly. */
  measureInt8Limit(): Promise<64 | 127>;
}

/** The library itself. */
export const coreEngine: Engine = {
  loadModel,
  locateModel,
  convertCheckpoint,
  ensureConverted,
  readManifest,
  verifyFiles,
  cacheDirectory,
  listConverted,
  removeConverted,
  listCpuFeatures,
  async measureInt8Limit() {
    const runtime = await openRuntime({ threads: 1 });
    try {
      return await probeInt8Limit(runtime);
    } finally {
      await runtime.dispose();
    }
  },
};
