import { VisionError } from '@h2ovl/contract';
import type { ValueInfo } from '../port.ts';
import type { FfiEnvironment } from './ffi-environment.ts';
import type { OrtFunction, Pointer } from './ort-api.ts';
import { checkStatus, readCell, type StatusContext } from './ort-status.ts';
import { dtypeOfElementType } from './ort-value.ts';

/** The inputs and outputs of a graph, as the session reports them. */
export interface SessionSignature {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
}

/** Reads names, element types and shapes. @throws VisionError SESSION_FAILED for a value the port cannot carry */
export function readSignature(environment: FfiEnvironment, session: Pointer, label: string): SessionSignature {
  const { api } = environment;
  return {
    inputs: readSide(environment, session, label, {
      count: api.SessionGetInputCount,
      name: api.SessionGetInputName,
      type: api.SessionGetInputTypeInfo,
    }),
    outputs: readSide(environment, session, label, {
      count: api.SessionGetOutputCount,
      name: api.SessionGetOutputName,
      type: api.SessionGetOutputTypeInfo,
    }),
  };
}

interface SideFunctions {
  readonly count: OrtFunction;
  readonly name: OrtFunction;
  readonly type: OrtFunction;
}

function readSide(environment: FfiEnvironment, session: Pointer, label: string, functions: SideFunctions): ValueInfo[] {
  const { api, allocator } = environment;
  const context: StatusContext = { action: `The inputs and outputs of ${label} could not be read` };
  const count = Number(readCell(api, context, (cell) => functions.count(session, cell)));
  return Array.from({ length: count }, (_, index) => {
    const nameAddress = readCell(api, context, (cell) => functions.name(session, index, allocator, cell));
    const name = environment.textAt(nameAddress);
    checkStatus(api, api.AllocatorFree(allocator, nameAddress), context);
    const typeInfo = readCell(api, context, (cell) => functions.type(session, index, cell));
    try {
      return readTensorType(environment, typeInfo, name, context);
    } finally {
      api.ReleaseTypeInfo(typeInfo);
    }
  });
}

function readTensorType({ api }: FfiEnvironment, typeInfo: Pointer, name: string, context: StatusContext): ValueInfo {
  // The tensor part belongs to typeInfo and is not released by itself; null for sequences and maps.
  const tensorInfo = readCell(api, context, (cell) => api.CastTypeInfoToTensorInfo(typeInfo, cell));
  if (tensorInfo === 0n) throw unsupportedValue(name, 'not a tensor');
  const elementType = Number(readCell(api, context, (cell) => api.GetTensorElementType(tensorInfo, cell)));
  const dtype = dtypeOfElementType(elementType);
  if (dtype === undefined) throw unsupportedValue(name, `ONNX element type ${elementType}`);
  const rank = Number(readCell(api, context, (cell) => api.GetDimensionsCount(tensorInfo, cell)));
  const dims = new BigInt64Array(rank || 1);
  checkStatus(api, api.GetDimensions(tensorInfo, dims, rank), context);
  return { name, dtype, dims: Array.from(dims.subarray(0, rank), Number) };
}

/** A graph value whose type has no counterpart in the port. */
export function unsupportedValue(name: string, type: string): VisionError {
  return new VisionError('SESSION_FAILED', `The graph value "${name}" has a type that cannot be bound (${type}).`, {
    hint: 'Convert the checkpoint again with this version.',
  });
}
