import type { LoadProgress, OptionNames } from '@h2ovl/contract';
import type { RemoteImages } from '../documents/fetch-image.ts';
import type { ImageLimits } from '../documents/image-limits.ts';
import type { FeatureCacheOptions } from '../model/feature-store.ts';
import type { DeviceName } from '../runtime/choose-device.ts';

/** How a model is opened in this process. */
export interface LoadOptions {
  /**
   * Where to compute: `cpu`; `webgpu` for the GPU (Vulkan on Linux, Direct3D 12 on Windows, Metal on macOS); `webgpu:vision` for the vision part on the GPU and
   * the language part on the CPU; `auto` for the fastest of these that computes rightly and has the memory. A
   * driver is first tried in a process of its own, once for a machine, driver and version. Models below 300 MB stay on the CPU, a device in software is
   * never taken, and a GPU that nobody asked for is replaced by the CPU when it fails (process warning H2OVL_DEVICE).
   * @default the environment variable H2OVL_DEVICE, else 'auto'
   */
  readonly device?: DeviceName;
  /** Threads inside one operator. @default the physical cores this process may use */
  readonly threads?: number;
  /** How a checkpoint's weights are stored: 'balanced' costs nothing measurable, 'exact' is float32 throughout, 'fast' is smaller. @default 'balanced' */
  readonly precision?: 'exact' | 'balanced' | 'fast';
  /**
   * Whether https addresses of images may be fetched: none, those on the public internet (`true`), or those on the listed private hosts too. Never
   * through a proxy; `forbidNetwork()` and H2OVL_OFFLINE switch it off. @default false
   */
  readonly allowRemoteImages?: RemoteImages;
  /** What one picture of a prompt may take; an error that names one of these limits is answered here. @default 200 MB and 200 million pixels */
  readonly imageLimits?: ImageLimits;
  /** Keeps the features of pages on disk too, so that questions about them skip the vision part after a restart. @default off */
  readonly featureCache?: FeatureCacheOptions;
  /** Answers that may be in work at the same time; they share decode steps. @default 4 */
  readonly maxConcurrent?: number;
  /**
   * Bytes of decoder cache that all answers together may take; never more, however long they get. Where it is too small for all of them, those that came
   * last wait; a single answer that fills it ends with a warning. @default a quarter of the memory, at most 4 GB
   */
  readonly maxCacheBytes?: number;
  /** An error thrown here fails the load. */
  readonly onProgress?: (progress: LoadProgress) => void;
  readonly signal?: AbortSignal;
}

/** A name that is not here is refused. */
export const loadOptionNames: OptionNames<LoadOptions> = {
  device: true,
  threads: true,
  precision: true,
  allowRemoteImages: true,
  imageLimits: true,
  featureCache: true,
  maxConcurrent: true,
  maxCacheBytes: true,
  onProgress: true,
  signal: true,
};
