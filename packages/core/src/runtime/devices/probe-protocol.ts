import type { Adapter, DeviceSpeed, DeviceState, GpuChoice } from './device-facts.ts';

/** What the process that tries a GPU is started with. */
export interface ProbeStart {
  /** `auto`: everything, unless there are software adapters only. `opened`: whether it opens and runs something. `measured`: everything. */
  readonly depth: ProbeDepth;
  readonly choice: GpuChoice;
  /** Threads of the CPU that it is compared with. */
  readonly threads: number;
}

export type ProbeDepth = 'auto' | 'opened' | 'measured';

/** What it says meanwhile: what it does now, what it found, and how it ended. Silence means that a driver does not return. */
export type ProbeReport =
  | { readonly type: 'stage'; readonly stage: string }
  | { readonly type: 'adapters'; readonly adapters: readonly Adapter[] }
  | { readonly type: 'checked'; readonly notes: readonly string[] }
  | { readonly type: 'measured'; readonly cpu: DeviceSpeed; readonly webgpu: DeviceSpeed }
  | { readonly type: 'end'; readonly state: Exclude<DeviceState, 'crashed' | 'hung'>; readonly reason: string };
