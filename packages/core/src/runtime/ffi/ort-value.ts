import type { DType } from '../../tensor/tensor.ts';
import type { OrtApi, Pointer, PointerArgument } from './ort-api.ts';
import { readCell } from './ort-status.ts';

/** ONNX's numbers for the element types that cross the port. */
export const onnxElementTypes: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  float16: 10,
  bfloat16: 16,
};

const dtypeByElementType = new Map(Object.entries(onnxElementTypes).map(([dtype, number]) => [number, dtype as DType]));

/** Our name of an ONNX element type, undefined for one that does not cross the port. */
export function dtypeOfElementType(elementType: number): DType | undefined {
  return dtypeByElementType.get(elementType);
}

// ORT wants an address even for a tensor without elements, and an empty typed array has none.
const emptyMemory = new Uint8Array(16);

/** A native value over memory that the caller keeps referenced until the value is released. */
export function createOrtValue(
  api: OrtApi,
  memoryInfo: Pointer,
  dtype: DType,
  dims: readonly number[],
  data: PointerArgument,
  byteLength: number,
): Pointer {
  const shape = new BigInt64Array(dims.length || 1);
  for (let axis = 0; axis < dims.length; axis += 1) shape[axis] = BigInt(dims[axis] as number);
  const memory = byteLength === 0 ? emptyMemory : data;
  return readCell(api, { action: 'A tensor could not be bound' }, (cell) =>
    api.CreateTensorWithDataAsOrtValue(memoryInfo, memory, byteLength, shape, dims.length, onnxElementTypes[dtype], cell),
  );
}
