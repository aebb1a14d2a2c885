/** Element types of tensors, by their number in GGUF. */
export const ggmlTypes = { F32: 0, Q4_0: 2, Q6_K: 14 } as const;
export type GgmlType = keyof typeof ggmlTypes;

/** Elements and bytes of a block. */
export const ggmlBlocks: Readonly<Record<GgmlType, { readonly elements: number; readonly bytes: number }>> = {
  F32: { elements: 1, bytes: 4 },
  Q4_0: { elements: 32, bytes: 18 },
  Q6_K: { elements: 256, bytes: 210 },
};

export interface GgufTensor {
  readonly name: string;
  readonly type: GgmlType;
  /** Innermost first: [columns, rows]. */
  readonly dims: readonly number[];
}

/** A value of the header; numbers say how they are stored. */
export type GgufValue =
  | { readonly uint32: number }
  | { readonly float32: number }
  | { readonly string: string }
  | { readonly strings: readonly string[] }
  | { readonly float32s: readonly number[] }
  | { readonly int32s: readonly number[] };

const ggufVersion = 3;
/** Every tensor starts at a multiple of this. */
export const ggufAlignment = 32;

const valueTypes = { uint32: 4, int32: 5, float32: 6, string: 8, array: 9 } as const;

export function tensorBytes({ type, dims }: GgufTensor): number {
  const { elements, bytes } = ggmlBlocks[type];
  const columns = dims[0] ?? 1;
  if (columns % elements !== 0) throw new Error(`${type} stores ${elements} values in a block; ${columns} columns are not whole blocks.`);
  return (dims.reduce((product, dim) => product * dim, 1) / elements) * bytes;
}

/** Everything before the data, padded: magic, version, metadata, and each tensor with its place in the data. */
export function encodeGgufHeader(metadata: Readonly<Record<string, GgufValue>>, tensors: readonly GgufTensor[]): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [Buffer.from('GGUF'), uint32(ggufVersion), uint64(tensors.length), uint64(Object.keys(metadata).length)];
  for (const [key, value] of Object.entries(metadata)) parts.push(text(key), ...encodeValue(value));
  let offset = 0;
  for (const tensor of tensors) {
    const dims = tensor.dims.map(uint64);
    parts.push(text(tensor.name), uint32(dims.length), ...dims, uint32(ggmlTypes[tensor.type]), uint64(offset));
    offset += paddedTo(tensorBytes(tensor), ggufAlignment);
  }
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const header = new Uint8Array(paddedTo(length, ggufAlignment));
  let at = 0;
  for (const part of parts) {
    header.set(part, at);
    at += part.length;
  }
  return header;
}

export function paddedTo(length: number, alignment: number): number {
  return Math.ceil(length / alignment) * alignment;
}

function encodeValue(value: GgufValue): Uint8Array[] {
  if ('uint32' in value) return [uint32(valueTypes.uint32), uint32(value.uint32)];
  if ('float32' in value) return [uint32(valueTypes.float32), float32(value.float32)];
  if ('string' in value) return [uint32(valueTypes.string), text(value.string)];
  if ('strings' in value) return array(valueTypes.string, value.strings.map(text));
  if ('float32s' in value) return array(valueTypes.float32, value.float32s.map(float32));
  return array(
    valueTypes.int32,
    value.int32s.map((item) => uint32(item >>> 0)),
  );
}

function array(type: number, items: readonly Uint8Array[]): Uint8Array[] {
  return [uint32(valueTypes.array), uint32(type), uint64(items.length), ...items];
}

function text(value: string): Uint8Array {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint64(bytes.length), bytes]);
}

function uint32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function uint64(value: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function float32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}
