import { VisionError } from '@h2ovl/contract';
import { type DType, elementCount, type HostTensor, type TensorData } from '../tensor/tensor.ts';
import type { Binding, DeviceView, RunRequest, ValueInfo } from './port.ts';

/** Whether a binding is a view of runtime memory (and not a value in JavaScript memory). */
export function isDeviceView(binding: Binding): binding is DeviceView {
  return 'tensor' in binding;
}

/** Refuses a request whose names, element types or shapes do not fit the graph. @throws VisionError INVALID_ARGUMENT */
export function checkBindings(inputs: readonly ValueInfo[], outputs: readonly ValueInfo[], request: RunRequest): void {
  checkSide('input', inputs, request.inputs);
  checkSide('output', outputs, request.outputs);
}

function checkSide(side: 'input' | 'output', expected: readonly ValueInfo[], given: Readonly<Record<string, Binding>>): void {
  let found = 0;
  for (const value of expected) {
    const binding = given[value.name];
    if (binding === undefined) throw namesError(side, expected, given);
    found += 1;
    checkBinding(side, value, binding);
  }
  if (found !== Object.keys(given).length) throw namesError(side, expected, given);
}

function checkBinding(side: string, expected: ValueInfo, binding: Binding): void {
  const dtype = isDeviceView(binding) ? binding.tensor.dtype : binding.dtype;
  if (dtype !== expected.dtype) throw mismatch(side, expected, dtype, binding.dims);
  if (!fits(expected.dims, binding.dims)) throw mismatch(side, expected, dtype, binding.dims);
  if (!isDeviceView(binding)) checkHostData(side, expected.name, binding);
}

function fits(expected: readonly number[], given: readonly number[]): boolean {
  if (expected.length !== given.length) return false;
  for (let axis = 0; axis < expected.length; axis += 1) {
    const dim = given[axis] as number;
    if (!Number.isSafeInteger(dim) || dim < 0) return false;
    if (expected[axis] !== -1 && expected[axis] !== dim) return false;
  }
  return true;
}

function checkHostData(side: string, name: string, { dtype, dims, data }: HostTensor): void {
  if (!(data instanceof dataClasses[dtype])) {
    throw invalid(
      `The ${side} "${name}" is ${dtype}, which is kept in a ${dataClasses[dtype].name}; a ${data.constructor.name} was given.`,
    );
  }
  const count = elementCount(dims);
  if (data.length !== count) {
    throw invalid(`The ${side} "${name}" ${shapeText(dtype, dims)} needs ${count} elements; its data has ${data.length}.`);
  }
}

const dataClasses: Readonly<Record<DType, new (length: number) => TensorData>> = {
  float32: Float32Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int32: Int32Array,
  int64: BigInt64Array,
};

function namesError(side: string, expected: readonly ValueInfo[], given: Readonly<Record<string, Binding>>): VisionError {
  const wanted = new Set(expected.map((value) => value.name));
  const missing = [...wanted].filter((name) => given[name] === undefined);
  const unknown = Object.keys(given).filter((name) => !wanted.has(name));
  const parts = [
    missing.length > 0 ? `missing: ${missing.join(', ')}` : '',
    unknown.length > 0 ? `unknown: ${unknown.join(', ')}` : '',
  ].filter((part) => part !== '');
  return invalid(`The ${side}s do not fit the graph (${parts.join('; ')}); it has ${expected.map((value) => value.name).join(', ')}.`);
}

function mismatch(side: string, expected: ValueInfo, dtype: DType, dims: readonly number[]): VisionError {
  return invalid(
    `The ${side} "${expected.name}" is ${shapeText(expected.dtype, expected.dims)} in the graph; ${shapeText(dtype, dims)} was given.`,
  );
}

function shapeText(dtype: DType, dims: readonly number[]): string {
  return `${dtype} [${dims.map((dim) => (dim === -1 ? 'any' : dim)).join(', ')}]`;
}

function invalid(message: string): VisionError {
  return new VisionError('INVALID_ARGUMENT', message, {
    hint: 'Bind every input and output of the graph by name, with its type and shape.',
  });
}
