import { checkOptions, type OptionNames } from '@h2ovl/contract';
import { openRuntime } from '../open-runtime.ts';
import { type Adapter, type DeviceSpeed, type DeviceState, gpuChoice, type Placement } from './device-facts.ts';
import { judgeDevice } from './judge-device.ts';
import { knowDevice } from './know-device.ts';

export interface ProbeDevicesOptions {
  /** Tries the GPU again, whatever is remembered of it. @default false */
  readonly reprobe?: boolean;
  /** Threads of the CPU that it is compared with. @default the physical cores this process may use */
  readonly threads?: number;
  readonly signal?: AbortSignal;
}

const optionNames: OptionNames<ProbeDevicesOptions> = { reprobe: true, threads: true, signal: true };

/** What was found out about the devices of this machine. */
export interface DeviceReport {
  /** What computes where nobody asks for another (`device: 'auto'`), the model is not a small one, and the memory of the GPU suffices for it. */
  readonly chosen: Placement;
  /** Why, as a sentence. */
  readonly why: string;
  /** Every graphics adapter; empty where there is none, and where the system does not list them (Windows, macOS). */
  readonly adapters: readonly Adapter[];
  readonly devices: readonly ProbedDevice[];
}

/** One device and how it did. */
export interface ProbedDevice {
  readonly device: 'cpu' | 'webgpu';
  /** `untried`: the GPU could not be tried in a process of its own. */
  readonly state: DeviceState | 'untried';
  /** Name of the adapter, where it is known. */
  readonly adapter: string | undefined;
  /** Sentences: why it is refused, or what it can do. */
  readonly notes: readonly string[];
  /** Of the trial, a stack of 4-bit layers that is far smaller than a model. Undefined where it was not measured. */
  readonly speed: DeviceSpeed | undefined;
  /** When, as ISO 8601; undefined for what was not tried. */
  readonly triedAt: string | undefined;
}

/**
 * Tries the devices of this machine: lists adapters, opens the GPU in a process of its own, runs the self-test, and measures. What is found is remembered for
 * this machine, driver and version, and decides what `device: 'auto'` takes.
 * @throws VisionError RUNTIME_UNAVAILABLE where nothing computes at all, INVALID_ARGUMENT; `signal.reason`
 */
export async function probeDevices(options: ProbeDevicesOptions = {}): Promise<DeviceReport> {
  checkOptions(options, optionNames, 'probeDevices()');
  const { reprobe = false, threads: wanted, signal } = options;
  const choice = gpuChoice();
  const runtime = await openRuntime(wanted === undefined ? {} : { threads: wanted });
  const { threads } = runtime.info;
  await runtime.dispose();
  const tried = await knowDevice({ depth: 'measured', choice, threads, reprobe, signal });
  const { device: chosen, why } = judgeDevice(tried);
  const found = typeof tried === 'string' ? undefined : tried;
  return {
    ...{ chosen, why, adapters: found?.adapters ?? [] },
    devices: [
      { device: 'cpu', state: 'right', adapter: undefined, notes: [], speed: found?.speeds?.cpu, triedAt: found?.triedAt },
      {
        device: 'webgpu',
        state: found?.state ?? 'untried',
        adapter: found?.adapter?.name,
        notes: [found?.reason ?? (tried as string), ...(found?.notes ?? [])],
        speed: found?.speeds?.webgpu,
        triedAt: found?.triedAt,
      },
    ],
  };
}
