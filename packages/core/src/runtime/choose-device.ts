import { VisionError } from '@h2ovl/contract';
import { checkDevice, type DeviceAbilities, type KernelCheck } from './device-check.ts';
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
}

export interface ChooseDeviceOptions extends Omit<OpenRuntimeOptions, 'device'> {
  /** @default the environment variable H2OVL_DEVICE, else 'auto' */
  readonly device?: DeviceName;
  readonly signal?: AbortSignal;
}

/** Devices of ONNX Runtime that people ask for by name, and whose hardware `webgpu` uses. */
const otherProviders = ['cuda', 'tensorrt', 'coreml', 'directml', 'dml', 'rocm', 'openvino', 'qnn', 'gpu', 'metal', 'vulkan'];

/**
 * Opens the device to compute on. A GPU is checked before it is used: every kind of kernel is run on it and compared with the CPU.
 * @throws VisionError INVALID_ARGUMENT (a device that does not exist), RUNTIME_UNAVAILABLE (the asked-for device cannot be used)
 */
export async function chooseDevice(options: ChooseDeviceOptions = {}): Promise<ChosenDevice> {
  const { signal, device: wanted, ...runtimeOptions } = options;
  const device = checkName(wanted ?? (process.env.H2OVL_DEVICE || 'auto'), wanted === undefined);
  const cpu = await openRuntime(runtimeOptions);
  if (device !== 'webgpu') return { runtime: cpu, abilities: undefined, reasons: cpu.info.reasons };
  try {
    return await openGpu(cpu, signal);
  } finally {
    await cpu.dispose();
  }
}

async function openGpu(cpu: Runtime, signal: AbortSignal | undefined): Promise<ChosenDevice> {
  const reasons = ['The GPU is used through WebGPU, as asked for.'];
  const runtime = await openFfiRuntime({ threads: cpu.info.threads, reasons, openDevice: (environment) => WebgpuDevice.open(environment) });
  try {
    const abilities = await checkDevice(runtime, cpu, signal);
    if (!abilities.isUsable) throw wrongDevice(abilities);
    return { runtime, abilities, reasons: [...reasons, ...describeAbilities(abilities)] };
  } catch (error) {
    await runtime.dispose();
    throw error;
  }
}

/** What an opened GPU can do, one sentence each. */
export function describeAbilities({ float16, fusedAttention, checks }: DeviceAbilities): readonly string[] {
  const wrong = checks.filter(({ isRight, values }) => !isRight && (values === 'float32' || float16));
  return [
    float16 ? 'It computes in float16.' : 'It computes in float32: float16 is missing, or wrong.',
    ...(fusedAttention ? [] : [`Attention is written out, since the fused kernel is wrong here: ${wrong.map(describeCheck).join(', ')}.`]),
  ];
}

const describeCheck = ({ name, error }: KernelCheck): string => `${name} off by ${error.toPrecision(2)}`;

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

function wrongDevice({ checks }: DeviceAbilities): VisionError {
  const wrong = checks.filter(({ values, isRight }) => values === 'float32' && !isRight);
  const [first] = wrong;
  const failure = first?.failure === undefined ? '' : ` (${first.failure})`;
  return new VisionError('RUNTIME_UNAVAILABLE', `The GPU computes wrongly: ${wrong.map(({ name }) => name).join(', ')}${failure}.`, {
    hint: "Use device 'cpu', or update the driver of the GPU.",
  });
}
