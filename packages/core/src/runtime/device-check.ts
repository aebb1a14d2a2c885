import { checkCases, type KernelCase } from './device-check-cases.ts';
import { encodeOnnx } from './onnx-bytes.ts';
import type { Runtime } from './port.ts';

/** What a device computes rightly. */
export interface DeviceAbilities {
  /** Whether anything can be computed on it: products, norms, softmax, and attention of a single new position in float32. */
  readonly isUsable: boolean;
  /** Whether float16 is right too. */
  readonly float16: boolean;
  /** Whether the fused attention kernels are right over several positions, with and without a past. */
  readonly fusedAttention: boolean;
  /** Every kernel that was run, with its error: the largest difference, as a part of the largest value. */
  readonly checks: readonly KernelCheck[];
}

export interface KernelCheck {
  readonly name: string;
  readonly values: 'float32' | 'float16';
  /** Infinity when the kernel failed. */
  readonly error: number;
  readonly isRight: boolean;
  /** What the runtime said, when the kernel failed. */
  readonly failure?: string;
}

export interface CheckOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called before a kernel is run. */
  readonly onKernel?: (name: string) => void | Promise<void>;
}

/**
 * Runs every kind of kernel that the graphs consist of, in both types, on `device` and on `reference` (the CPU in float32), and compares.
 * A type is not asked for but tried: a device without float16 opens a session for it all the same and fails at the first run.
 */
export async function checkDevice(device: Runtime, reference: Runtime, options: CheckOptions = {}): Promise<DeviceAbilities> {
  const checks = await checkKernels(device, reference, checkCases(), options);
  const right = (values: 'float32' | 'float16', isAttention: boolean): boolean =>
    checks.every((check) => check.values !== values || isPromptAttention(check.name) !== isAttention || check.isRight);
  const float16 = right('float16', false);
  return {
    isUsable: right('float32', false),
    float16,
    fusedAttention: right('float32', true) && (!float16 || right('float16', true)),
    checks,
  };
}

/** The error of each kernel in each type. */
export async function checkKernels(
  device: Runtime,
  reference: Runtime,
  kernels: readonly KernelCase[],
  { signal, onKernel }: CheckOptions = {},
): Promise<readonly KernelCheck[]> {
  const checks: KernelCheck[] = [];
  for (const kernel of kernels) {
    signal?.throwIfAborted();
    await onKernel?.(kernel.name);
    const expected = await runCase(reference, kernel, 'float32');
    for (const values of ['float32', 'float16'] as const) checks.push(await checkCase(device, kernel, values, expected));
  }
  return checks;
}

const isPromptAttention = (name: string): boolean => checkCases().some((kernel) => kernel.name === name && kernel.isPromptAttention);

async function checkCase(device: Runtime, kernel: KernelCase, values: 'float32' | 'float16', expected: Float32Array): Promise<KernelCheck> {
  const { name } = kernel;
  try {
    const error = difference(await runCase(device, kernel, values), expected);
    return { name, values, error, isRight: error <= kernel.tolerance[values] };
  } catch (failure) {
    const message = failure instanceof Error ? failure.message : String(failure);
    return { name, values, error: Number.POSITIVE_INFINITY, isRight: false, failure: message };
  }
}

/** The case's graph with float32 values outside and `values` inside. */
async function runCase(runtime: Runtime, kernel: KernelCase, values: 'float32' | 'float16'): Promise<Float32Array> {
  const cast = (from: string, to: string, type: 'float32' | 'float16') =>
    ({ operator: 'Cast', inputs: [from], outputs: [to], attributes: { to: { int: type === 'float16' ? 10 : 1 } } }) as const;
  const inside = (name: string): string => (kernel.inputs[name]?.dtype === 'float32' ? `${name}/inside` : name);
  const floats = Object.keys(kernel.inputs).filter((name) => kernel.inputs[name]?.dtype === 'float32');
  const graph = encodeOnnx({
    nodes: [
      ...floats.map((name) => cast(name, `${name}/inside`, values)),
      ...kernel.nodes.map((node) => ({ ...node, inputs: node.inputs.map(inside) })),
      cast('y', 'y/outside', 'float32'),
    ],
    inputs: Object.entries(kernel.inputs).map(([name, { dtype, dims }]) => ({ name, dtype, dims })),
    outputs: [{ name: 'y/outside', dtype: 'float32', dims: kernel.outputDims }],
  });
  const session = await runtime.openSession(graph);
  try {
    const data = new Float32Array(kernel.outputDims.reduce((product, dim) => product * dim, 1));
    await session.run({ inputs: kernel.inputs, outputs: { 'y/outside': { dtype: 'float32', dims: kernel.outputDims, data } } });
    return data;
  } finally {
    await session.dispose();
  }
}

function difference(actual: Float32Array, expected: Float32Array): number {
  let largest = 0;
  let apart = 0;
  for (let i = 0; i < expected.length; i += 1) {
    const off = Math.abs((actual[i] as number) - (expected[i] as number));
    if (Number.isNaN(off)) return Number.POSITIVE_INFINITY;
    apart = Math.max(apart, off);
    largest = Math.max(largest, Math.abs(expected[i] as number));
  }
  return apart / largest;
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

/** What a GPU that is not usable computes wrongly, as a sentence. */
export function describeFaults({ checks }: DeviceAbilities): string {
  const wrong = checks.filter(({ name, values, isRight }) => values === 'float32' && !isRight && !isPromptAttention(name));
  const failure = wrong[0]?.failure === undefined ? '' : ` (${wrong[0].failure})`;
  return `The GPU computes wrongly: ${wrong.map(({ name }) => name).join(', ')}${failure}.`;
}
