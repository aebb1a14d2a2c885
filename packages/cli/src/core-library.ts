import {
  type BundleOptions,
  bundleModel,
  type CalibrationPages,
  type ConvertedModel,
  cacheDirectory,
  closeLineReader,
  type DeviceReport,
  describeRuntime,
  type ExamineOptions,
  examine,
  type Finding,
  type FreshConversion,
  findCalibrationPages,
  findConversions,
  forbidNetwork,
  type LinePage,
  type LoadOptions,
  type LocatedModel,
  listConverted,
  listCpuFeatures,
  listPulled,
  loadModel,
  locateModel,
  type Manifest,
  type MeasuredVisionPlan,
  type ModelBundle,
  measureInt8Limit,
  measureQuality,
  measureVisionPlan,
  type PageLines,
  type ProbeDevicesOptions,
  type PrunedItem,
  type PruneOptions,
  type PulledModel,
  type PulledModelInfo,
  type PullOptions,
  type PullPlan,
  planPull,
  probeDevices,
  pruneStore,
  pullModel,
  type QualityOptions,
  type QualityReport,
  type ReadLinesOptions,
  type RemovedOriginals,
  type RuntimeInfo,
  readLines,
  readManifest,
  removeConverted,
  removeOriginals,
  removePulled,
  type SelfTestOptions,
  type SelfTestReport,
  selfTest,
  type VerifiedModel,
  type VerifyFilesOptions,
  type VerifyStoreOptions,
  type VisionModel,
  type VisionPlanOptions,
  verifyFiles,
  verifyStore,
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
  /** The conversions in the cache that were made of a checkpoint as it is now. */
  findConversions(checkpoint: string, precision: string): Promise<readonly FreshConversion[]>;
  /** Finds and reads the lines of a page without a language model. */
  readLines(page: LinePage, options: ReadLinesOptions): Promise<PageLines>;
  /** Frees what reading lines opened. */
  closeLineReader(): Promise<void>;
  readManifest(directory: string): Promise<Manifest>;
  verifyFiles(directory: string, manifest: Manifest, options: VerifyFilesOptions): Promise<void>;
  cacheDirectory(): string;
  /** Compares a model with what is known of it. */
  selfTest(source: string, options: SelfTestOptions): Promise<SelfTestReport>;
  /** Looks at the machine. */
  examine(options: ExamineOptions): Promise<Finding[]>;
  /** Switches the network off for the rest of the process. */
  forbidNetwork(): void;
  pullModel(source: string, options: PullOptions): Promise<PulledModel>;
  planPull(source: string, options: PullOptions): Promise<PullPlan>;
  listPulled(): Promise<PulledModelInfo[]>;
  /** Resolves to the bytes that were freed. */
  removePulled(name: string): Promise<number>;
  removeOriginals(name: string): Promise<RemovedOriginals>;
  verifyStore(names: readonly string[], options: VerifyStoreOptions): Promise<VerifiedModel[]>;
  pruneStore(options: PruneOptions): Promise<PrunedItem[]>;
  bundleModel(model: string, target: string, options: BundleOptions): Promise<ModelBundle>;
  listConverted(): Promise<ConvertedModel[]>;
  /** Resolves to the bytes that were freed. */
  removeConverted(name: string | undefined): Promise<number>;
  /** Instruction sets of this processor that decide between kernels. */
  listCpuFeatures(): readonly string[];
  /** Largest 8-bit weight that this processor multiplies exactly. */
  measureInt8Limit(): Promise<64 | 127>;
  /** What would run a model here. */
  describeRuntime(): Promise<RuntimeInfo>;
  /** Tries the devices of this machine. */
  probeDevices(options: ProbeDevicesOptions): Promise<DeviceReport>;
  measureQuality(source: string, options: QualityOptions): Promise<QualityReport>;
  /** Measures which 8-bit forms the vision part of a checkpoint bears. */
  measureVisionPlan(source: string, options: VisionPlanOptions): Promise<MeasuredVisionPlan>;
  /** The pages that a measurement with one's own folder reads; refuses a folder without images. */
  findCalibrationPages(ownFolder: string): Promise<CalibrationPages>;
}

/** The library itself. */
export const coreLibrary: CoreLibrary = {
  loadModel,
  locateModel,
  convertCheckpoint,
  ensureConverted,
  findConversions,
  readLines,
  closeLineReader,
  readManifest,
  verifyFiles,
  cacheDirectory,
  examine,
  selfTest,
  forbidNetwork,
  pullModel,
  planPull,
  listPulled,
  removePulled,
  removeOriginals,
  verifyStore,
  pruneStore,
  bundleModel,
  listConverted,
  removeConverted,
  listCpuFeatures,
  measureInt8Limit,
  measureQuality,
  measureVisionPlan,
  findCalibrationPages,
  describeRuntime,
  probeDevices,
};
