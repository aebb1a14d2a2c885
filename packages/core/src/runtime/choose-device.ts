import { totalmem } from 'node:os';
import { VisionError } from '@h2ovl/contract';
import { type CheckOptions, checkDevice, type DeviceAbilities, describeAbilities, describeFaults } from './device-check.ts';
import { type GpuChoice, gpuChoice, type TriedDevice } from './devices/device-facts.ts';
import { judgeDevice } from './devices/judge-device.ts';
import { knowDevice, refuseDevice } from './devices/know-device.ts';
import { warnOfDevice } from './devices/warn-of-device.ts';
import { openFfiRuntime } from './ffi/ffi-runtime.ts';
import { WebgpuDevice } from './ffi/webgpu/webgpu-device.ts';
import { type OpenRuntimeOptions, openRuntime } from './open-runtime.ts';
import type { Runtime } from './port.ts';

/** Where to compute. */
export type DeviceName = 'auto' | 'cpu' | 'webgpu';

/** A device that was opened, and what was found out about it. */
export interface ChosenDevice {
  readonly runtime: Runtime;
  /** Undefined for the CPU, which computes everything. */
  readonly abilities: DeviceAbilities | undefined;
  /** Why it was taken, one sentence each. */
  readonly reasons: readonly string[];
  /** Whether nobody asked for this device: the CPU may take its place when it fails. */
  readonly isOwnChoice: boolean;
  /** Where the device says how much it has. */
  readonly memory: DeviceMemory | undefined;
}

/** Memory of a device. */
export interface DeviceMemory {
  /** As in "it has". */
  readonly name: string;
  readonly bytes: number;
}

export interface ChooseDeviceOptions extends Omit<OpenRuntimeOptions, 'device'> {
  /** @default the environment variable H2OVL_DEVICE, else 'auto' */
  readonly device?: DeviceName;
  /** Why `auto` is the CPU without looking at a GPU, as a sentence. */
  readonly cpuReason?: string | undefined;
  readonly signal?: AbortSignal;
  /** Called before a GPU is tried for the first time, which takes seconds. */
  readonly onTry?: () => void;
}

/** Devices of ONNX Runtime that people ask for by name, and whose hardware `webgpu` uses. */
const otherProviders = ['cuda', 'tensorrt', 'coreml', 'directml', 'dml', 'rocm', 'openvino', 'qnn', 'gpu', 'metal', 'vulkan'];

/**
 * Opens the device to compute on. A GPU's driver is first tried in a process of its own, once for a machine, driver and version; then every kind of kernel is run
 * on it here and compared with the CPU. `auto` is the faster of what computes rightly, and never a device in software.
 * @throws VisionError INVALID_ARGUMENT (a device that does not exist), RUNTIME_UNAVAILABLE (the asked-for device cannot be used); `signal.reason`
 */
export async function chooseDevice(options: ChooseDeviceOptions = {}): Promise<ChosenDevice> {
  const { signal, device: wanted, cpuReason, onTry, ...runtimeOptions } = options;
  const device = wantedDevice(wanted);
  const choice = gpuChoice();
  const cpu = await openRuntime(runtimeOptions);
  const onCpu = (reasons: readonly string[]): ChosenDevice => ({
    ...{ runtime: cpu, abilities: undefined, isOwnChoice: device === 'auto', memory: machineMemory() },
    reasons: [...reasons, ...cpu.info.reasons],
  });
  let isCpuTaken = false;
  try {
    if (device === 'webgpu') return await openAskedFor(cpu, choice, { signal, onTry });
    const chosen = device === 'cpu' ? 'The CPU computes, as asked for.' : (cpuReason ?? (await openFaster(cpu, choice, { signal, onTry })));
    if (typeof chosen !== 'string') return chosen;
    isCpuTaken = true;
    return onCpu([chosen]);
  } finally {
    if (!isCpuTaken) await cpu.dispose();
  }
}

/** The device that is meant: what was given, else H2OVL_DEVICE, else `auto`. @throws VisionError INVALID_ARGUMENT, RUNTIME_UNAVAILABLE for a name that is none of them */
export function wantedDevice(wanted: DeviceName | undefined): DeviceName {
  return checkName(wanted ?? (process.env.H2OVL_DEVICE || 'auto'), wanted === undefined);
}

interface Waiting {
  readonly signal: AbortSignal | undefined;
  readonly onTry: (() => void) | undefined;
}

/** The GPU that somebody asked for: it computes, or the error says why it does not. */
async function openAskedFor(cpu: Runtime, choice: GpuChoice, waiting: Waiting): Promise<ChosenDevice> {
  const tried = await knowDevice({ depth: 'opened', choice, threads: cpu.info.threads, ...waiting });
  // Where no process may be started, the driver is used untried: it was asked for.
  if (typeof tried !== 'string' && tried.state !== 'right') throw unusable(tried);
  const untried = typeof tried === 'string' ? [tried] : [];
  const reasons = ['The GPU is used through WebGPU, as asked for.', ...untried, ...nameOf(tried)];
  return { ...(await openGpu(cpu, choice, reasons, waiting)), isOwnChoice: false, memory: memoryOf(tried) };
}

/** The GPU where it is the faster one, else why it is the CPU. */
async function openFaster(cpu: Runtime, choice: GpuChoice, waiting: Waiting): Promise<ChosenDevice | string> {
  if (cpu.info.adapter !== 'ffi') return 'The CPU computes: a GPU is reached through the C API of ONNX Runtime, which is not used here.';
  const tried = await knowDevice({ depth: 'auto', choice, threads: cpu.info.threads, ...waiting });
  const judgement = judgeDevice(tried);
  if (judgement.device === 'cpu') {
    if (judgement.isFault && typeof tried !== 'string' && tried.isNew) warnOfDevice(judgement.why);
    return judgement.why;
  }
  try {
    const opened = await openGpu(cpu, choice, [judgement.why, ...nameOf(tried)], waiting);
    return { ...opened, isOwnChoice: true, memory: memoryOf(tried) };
  } catch (error) {
    waiting.signal?.throwIfAborted();
    // It was right when it was tried. What is remembered changes, so that the next start does not try and fail again.
    const reason = error instanceof Error ? error.message : String(error);
    if (typeof tried !== 'string') await refuseDevice(choice, tried, reason);
    const why = `The CPU computes, since the GPU failed when it was opened: ${reason}`;
    warnOfDevice(why);
    return why;
  }
}

async function openGpu(
  cpu: Runtime,
  choice: GpuChoice,
  reasons: readonly string[],
  { signal }: CheckOptions,
): Promise<Omit<ChosenDevice, 'isOwnChoice' | 'memory'>> {
  const { threads } = cpu.info;
  const runtime = await openFfiRuntime({ threads, reasons, openDevice: (environment) => WebgpuDevice.open(environment, choice) });
  try {
    const abilities = await checkDevice(runtime, cpu, { signal });
    if (!abilities.isUsable) {
      throw new VisionError('RUNTIME_UNAVAILABLE', describeFaults(abilities), {
        hint: "Use device 'cpu', or update the driver of the GPU.",
      });
    }
    return { runtime, abilities, reasons: [...reasons, ...describeAbilities(abilities)] };
  } catch (error) {
    await runtime.dispose();
    throw error;
  }
}

const nameOf = (tried: TriedDevice | string): readonly string[] =>
  typeof tried === 'string' || tried.adapter === undefined ? [] : [`The GPU is ${tried.adapter.name} (${tried.adapter.kind}).`];

const memoryOf = (tried: TriedDevice | string): DeviceMemory | undefined =>
  typeof tried === 'string' || tried.adapter === undefined ? undefined : { name: tried.adapter.name, bytes: tried.adapter.memoryBytes };

/** What this process may use: the machine's memory, or what its control group allows. */
function machineMemory(): DeviceMemory {
  const allowed = process.constrainedMemory?.() ?? 0;
  const isLimited = allowed > 0 && allowed < totalmem();
  return { name: isLimited ? 'this process' : 'this machine', bytes: isLimited ? allowed : totalmem() };
}

function unusable({ state, reason, triedAt }: TriedDevice): VisionError {
  const when = triedAt.slice(0, 10);
  const remembered = `This was found on ${when} and is remembered; after a change of the machine that is not a new driver, try again: probeDevices({ reprobe: true }).`;
  const hint =
    state === 'missing'
      ? "Use device 'auto' or 'cpu'; on Linux a GPU needs its Vulkan driver and the loader libvulkan.so.1."
      : "Use device 'auto' or 'cpu', or update the driver of the GPU.";
  return new VisionError('RUNTIME_UNAVAILABLE', `No GPU can be used through WebGPU: ${reason}`, { hint: `${hint} ${remembered}` });
}

function checkName(name: string, isFromEnvironment: boolean): DeviceName {
  if (name === 'auto' || name === 'cpu' || name === 'webgpu') return name;
  const where = isFromEnvironment ? ' (H2OVL_DEVICE)' : '';
  if (otherProviders.includes(name.toLowerCase())) {
    throw new VisionError('RUNTIME_UNAVAILABLE', `The device "${name}"${where} is not built in.`, {
      hint: "Use 'webgpu': it computes on the same hardware, through Vulkan, Direct3D 12 or Metal.",
    });
  }
  throw new VisionError('INVALID_ARGUMENT', `The device "${name}"${where} does not exist.`, { hint: "Use 'auto', 'cpu' or 'webgpu'." });
}
