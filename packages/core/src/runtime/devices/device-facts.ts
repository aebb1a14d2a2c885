import { VisionError } from '@h2ovl/contract';

/** A graphics adapter as its driver describes itself. */
export interface Adapter {
  readonly name: string;
  /** `software`: the processor plays a graphics card. */
  readonly kind: 'discrete' | 'integrated' | 'virtual' | 'software' | 'other';
  /** Memory of its own; for an integrated one the part of the machine's memory that it may use. */
  readonly memoryBytes: number;
  /** As the driver counts; for comparison only. */
  readonly driverVersion: string;
}

/** How fast a device ran the trial: a stack of 4-bit layers, far smaller than a model. To be compared between devices, and with nothing else. */
export interface DeviceSpeed {
  /** Rows of a prompt in a second. */
  readonly promptRows: number;
  /** Single steps in a second. */
  readonly steps: number;
}

/**
 * What became of the trial: `right`, or why the GPU is not used. `software`: there is no other adapter than software; it was not opened.
 * `missing`: there is no driver, or the provider refuses it.
 */
export type DeviceState = 'right' | 'wrong' | 'software' | 'missing' | 'crashed' | 'hung';

/** How much was tried: adapters were listed, the device ran something, or everything was compared and timed. */
export type DeviceDepth = 'listed' | 'opened' | 'measured';

/** What was found out about the GPU of this machine, in a process of its own. */
export interface TriedDevice {
  readonly state: DeviceState;
  readonly depth: DeviceDepth;
  /** Why, as a sentence. */
  readonly reason: string;
  /** Every adapter; empty where the system does not list them (they are listed on Linux, through Vulkan). */
  readonly adapters: readonly Adapter[];
  /** The one that is taken, as far as it is known. */
  readonly adapter: Adapter | undefined;
  /** What the self-test found, one sentence each. */
  readonly notes: readonly string[];
  readonly speeds: { readonly cpu: DeviceSpeed; readonly webgpu: DeviceSpeed } | undefined;
  /** ISO 8601. */
  readonly triedAt: string;
}

/** Which adapter to take where a machine has several. */
export type GpuChoice = 'high-performance' | 'low-power';

/** The choice of the environment variable H2OVL_GPU. @throws VisionError INVALID_ARGUMENT for another word */
export function gpuChoice(env: Readonly<Record<string, string | undefined>> = process.env): GpuChoice {
  const choice = env.H2OVL_GPU || 'high-performance';
  if (choice === 'high-performance' || choice === 'low-power') return choice;
  throw new VisionError('INVALID_ARGUMENT', `The GPU "${choice}" (H2OVL_GPU) is not known.`, {
    hint: "Set H2OVL_GPU to 'high-performance' or 'low-power', or leave it out.",
  });
}

const orders: Readonly<Record<GpuChoice, readonly Adapter['kind'][]>> = {
  'high-performance': ['discrete', 'integrated', 'virtual', 'other', 'software'],
  'low-power': ['integrated', 'discrete', 'virtual', 'other', 'software'],
};

/** The adapter that the provider takes, which orders them by kind. */
export function pickAdapter(adapters: readonly Adapter[], choice: GpuChoice): Adapter | undefined {
  const order = orders[choice];
  return adapters.toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))[0];
}

/** Which device computes what: all of a model on one, or its vision part on the GPU and its language part on the CPU. */
export type Placement = 'cpu' | 'webgpu' | 'webgpu:vision';

/** Tokens of the prompt of a page of seven tiles. */
const pagePromptRows = 1800;
/** Its tiles take about three times that work. */
const pageTileRows = 5400;
/** Tokens of its answer. */
const pageSteps = 500;

/** Seconds that a page would take if the model were the trial: what placements are compared by. What goes from one device to the other, 5.5 MB, takes none. */
export function trialPageSeconds(speeds: Readonly<Record<'cpu' | 'webgpu', DeviceSpeed>>, placement: Placement): number {
  const vision = placement === 'cpu' ? speeds.cpu : speeds.webgpu;
  const language = placement === 'webgpu' ? speeds.webgpu : speeds.cpu;
  return pageTileRows / vision.promptRows + pagePromptRows / language.promptRows + pageSteps / language.steps;
}
