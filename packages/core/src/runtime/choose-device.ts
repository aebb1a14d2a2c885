import { totalmem } from 'node:os';
import { VisionError } from '@h2ovl/contract';
import { type CheckOptions, checkDevice, type DeviceAbilities, describeAbilities, describeFaults } from './device-check.ts';
import { type GpuChoice, gpuChoice, type Placement, type TriedDevice } from './devices/device-facts.ts';
import { judgeDevice, placementsOfPart } from './devices/judge-device.ts';
import { knowDevice, refuseDevice } from './devices/know-device.ts';
import { warnOfDevice } from './devices/warn-of-device.ts';
import { openFfiRuntime } from './ffi/ffi-runtime.ts';
import { WebgpuDevice } from './ffi/webgpu/webgpu-device.ts';
import { type OpenRuntimeOptions, openRuntime } from './open-runtime.ts';
import type { Runtime } from './port.ts';

/** Where to compute. `webgpu:vision`: the vision part on the GPU, the language part on the CPU. */
export type DeviceName = 'auto' | Placement;

/** A device that was opened, and what was found out about it. */
export interface OpenedDevice {
  readonly runtime: Runtime;
  /** Undefined for the CPU, which computes everything. */
  readonly abilities: DeviceAbilities | undefined;
  /** Where the device says how much it has. */
  readonly memory: DeviceMemory | undefined;
}

/** The device of a model, or of its language part alone. */
export interface ChosenDevice extends OpenedDevice {
  /** The device of the vision part, where it is another one. */
  readonly vision?: OpenedDevice | undefined;
  /** Why they were taken, one sentence each. */
  readonly reasons: readonly string[];
  /** Whether nobody asked for this: the CPU may take the place of a GPU that fails. */
  readonly isOwnChoice: boolean;
}

/** Whether anything but the CPU computes. */
export const usesGpu = ({ abilities, vision }: ChosenDevice): boolean => abilities !== undefined || vision !== undefined;

/** Releases what was opened. */
export async function closeDevice({ runtime, vision }: ChosenDevice): Promise<void> {
  await vision?.runtime.dispose();
  await runtime.dispose();
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
  /** Why `auto` leaves the language part to the CPU, as a sentence: the GPU gets the vision part, where that is faster than the CPU alone. */
  readonly visionReason?: string | undefined;
  readonly signal?: AbortSignal;
  /** Called before a GPU is tried for the first time, which takes seconds. */
  readonly onTry?: () => void;
}

const deviceNames: readonly DeviceName[] = ['auto', 'cpu', 'webgpu', 'webgpu:vision'];

/** Devices of ONNX Runtime that people ask for by name, and whose hardware `webgpu` uses. */
const otherProviders = ['cuda', 'tensorrt', 'coreml', 'directml', 'dml', 'rocm', 'openvino', 'qnn', 'gpu', 'metal', 'vulkan'];

/**
 * Opens the device to compute on. A GPU's driver is first tried in a process of its own, once for a machine, driver and version; then every kind of kernel is run
 * on it here and compared with the CPU. `auto` is the fastest of what computes rightly, which may be both together, and never a device in software.
 * @throws VisionError INVALID_ARGUMENT (a device that does not exist), RUNTIME_UNAVAILABLE (the asked-for device cannot be used); `signal.reason`
 */
export async function chooseDevice(options: ChooseDeviceOptions = {}): Promise<ChosenDevice> {
  const { signal, device: wanted, cpuReason, visionReason, onTry, ...runtimeOptions } = options;
  const device = wantedDevice(wanted);
  const choice = gpuChoice();
  const runtime = await openRuntime(runtimeOptions);
  const cpu: OpenedDevice = { runtime, abilities: undefined, memory: machineMemory() };
  let isCpuTaken = false;
  try {
    const waiting = { signal, onTry };
    const placed =
      device === 'cpu' || cpuReason !== undefined
        ? { placement: 'cpu' as const, reasons: [device === 'cpu' ? 'The CPU computes, as asked for.' : (cpuReason as string)] }
        : device === 'auto'
          ? await openFastest(runtime, choice, visionReason, waiting)
          : await openAskedFor(runtime, choice, device, waiting);
    isCpuTaken = placed.placement !== 'webgpu';
    return { ...combine(cpu, placed), isOwnChoice: device === 'auto' };
  } finally {
    if (!isCpuTaken) await runtime.dispose();
  }
}

/** What computes, with the GPU where it takes a part. */
type Placed = {
  readonly reasons: readonly string[];
} & ({ readonly placement: 'cpu' } | { readonly placement: 'webgpu' | 'webgpu:vision'; readonly gpu: OpenedDevice });

function combine(cpu: OpenedDevice, placed: Placed): Omit<ChosenDevice, 'isOwnChoice'> {
  if (placed.placement === 'webgpu') return { ...placed.gpu, reasons: placed.reasons };
  const reasons = [...placed.reasons, ...cpu.runtime.info.reasons];
  return { ...cpu, reasons, ...(placed.placement === 'webgpu:vision' && { vision: placed.gpu }) };
}

/** The device that is meant: what was given, else H2OVL_DEVICE, else `auto`. @throws VisionError INVALID_ARGUMENT, RUNTIME_UNAVAILABLE for a name that is none of them */
export function wantedDevice(wanted: DeviceName | undefined): DeviceName {
  return checkName(wanted ?? (process.env.H2OVL_DEVICE || 'auto'), wanted === undefined);
}

/** Whether a name is that of a device, before anything is opened. @throws VisionError INVALID_ARGUMENT, RUNTIME_UNAVAILABLE (a name of other tools that is not built in) */
export function checkDeviceName(name: string): DeviceName {
  return checkName(name, false);
}

interface Waiting {
  readonly signal: AbortSignal | undefined;
  readonly onTry: (() => void) | undefined;
}

/** The GPU that somebody asked for: it computes, or the error says why it does not. */
async function openAskedFor(cpu: Runtime, choice: GpuChoice, placement: 'webgpu' | 'webgpu:vision', waiting: Waiting): Promise<Placed> {
  const tried = await knowDevice({ depth: 'opened', choice, threads: cpu.info.threads, ...waiting });
  // Where no process may be started, the driver is used untried: it was asked for.
  if (typeof tried !== 'string' && tried.state !== 'right') throw unusable(tried);
  const untried = typeof tried === 'string' ? [tried] : [];
  const part = placement === 'webgpu' ? 'The GPU is used through WebGPU' : 'The GPU computes the vision part, through WebGPU';
  return { placement, ...(await openGpu(cpu, choice, { tried, reasons: [`${part}, as asked for.`, ...untried] }, waiting)) };
}

/** The GPU where it is the faster one for all of a model or for its vision part, else why it is the CPU. */
async function openFastest(cpu: Runtime, choice: GpuChoice, visionReason: string | undefined, waiting: Waiting): Promise<Placed> {
  const onCpu = (why: string): Placed => ({ placement: 'cpu', reasons: [...(visionReason === undefined ? [] : [visionReason]), why] });
  if (cpu.info.adapter !== 'ffi')
    return onCpu('The CPU computes: a GPU is reached through the C API of ONNX Runtime, which is not used here.');
  const tried = await knowDevice({ depth: 'auto', choice, threads: cpu.info.threads, ...waiting });
  const { device: placement, why, isFault } = judgeDevice(tried, ...(visionReason === undefined ? [] : [placementsOfPart]));
  if (placement === 'cpu') {
    if (isFault && typeof tried !== 'string' && tried.isNew) warnOfDevice(why);
    return onCpu(why);
  }
  try {
    const reasons = [...(visionReason === undefined ? [] : [visionReason]), why];
    return { placement, ...(await openGpu(cpu, choice, { tried, reasons }, waiting)) };
  } catch (error) {
    waiting.signal?.throwIfAborted();
    // It was right when it was tried. What is remembered changes, so that the next start does not try and fail again.
    const reason = error instanceof Error ? error.message : String(error);
    if (typeof tried !== 'string') await refuseDevice(choice, tried, reason);
    const failed = `The CPU computes, since the GPU failed when it was opened: ${reason}`;
    warnOfDevice(failed);
    return onCpu(failed);
  }
}

/** Opens the GPU and compares every kind of kernel with the CPU. @throws VisionError RUNTIME_UNAVAILABLE */
async function openGpu(
  cpu: Runtime,
  choice: GpuChoice,
  known: { readonly tried: TriedDevice | string; readonly reasons: readonly string[] },
  { signal }: CheckOptions,
): Promise<{ readonly gpu: OpenedDevice; readonly reasons: readonly string[] }> {
  const { threads } = cpu.info;
  const reasons = [...known.reasons, ...nameOf(known.tried)];
  const runtime = await openFfiRuntime({ threads, reasons, openDevice: (environment) => WebgpuDevice.open(environment, choice) });
  try {
    const abilities = await checkDevice(runtime, cpu, { signal });
    if (!abilities.isUsable) {
      throw new VisionError('RUNTIME_UNAVAILABLE', describeFaults(abilities), {
        hint: "Use device 'cpu', or update the driver of the GPU.",
      });
    }
    const gpu = { runtime, abilities, memory: memoryOf(known.tried) };
    return { gpu, reasons: [...reasons, ...describeAbilities(abilities)] };
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
  const known = deviceNames.find((device) => device === name);
  if (known !== undefined) return known;
  const where = isFromEnvironment ? ' (H2OVL_DEVICE)' : '';
  if (otherProviders.includes(name.toLowerCase())) {
    throw new VisionError('RUNTIME_UNAVAILABLE', `The device "${name}"${where} is not built in.`, {
      hint: "Use 'webgpu': it computes on the same hardware, through Vulkan, Direct3D 12 or Metal.",
    });
  }
  throw new VisionError('INVALID_ARGUMENT', `The device "${name}"${where} does not exist.`, {
    hint: "Use 'auto', 'cpu', 'webgpu', or 'webgpu:vision' for the vision part alone.",
  });
}
