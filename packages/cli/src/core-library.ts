import {
  type ConvertedModel,
  cacheDirectory,
  type LoadOptions,
  type LocatedModel,
  listConverted,
  listCpuFeatures,
  loadModel,
  locateModel,
  type Manifest,
  measureInt8Limit,
  measureQuality,
  type QualityOptions,
  type QualityReport,
  readManifest,
  removeConverted,
  type VerifyFilesOptions,
  type VisionModel,
  verifyFiles,
} from '@h2ovl/core';
import {
  type ConvertOptions,
  type ConvertReport,
  convertCheckpoint,
  type EnsuredModel,
  type EnsureOptions,
  ensureConverted,
} from '@h2ovl/core/convert';

/** What the command line needs of the library; tests put their own in its place. */
export interface CoreLibrary {
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
  measureQuality(source: string, options: QualityOptions): Promise<QualityReport>;
}

/** The library itself. */
export const coreLibrary: CoreLibrary = {
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
  measureInt8Limit,
  measureQuality,
};
