import type { DType } from '../tensor/tensor.ts';
import { onnxElementTypes } from './ffi/ort-value.ts';

/** A value of a small graph: a name, an element type and dimensions, where text is a symbolic one. */
export interface OnnxValue {
  readonly name: string;
  readonly dtype: DType;
  readonly dims: readonly (number | string)[];
}

/** One operator; `domain` is ONNX's own unless said. */
export interface OnnxNode {
  readonly operator: string;
  readonly domain?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, { readonly int: number } | { readonly float: number }>>;
}

/** A constant of the graph. */
export interface OnnxConstant extends OnnxValue {
  readonly dims: readonly number[];
  readonly data: ArrayBufferView;
}

export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly constants?: readonly OnnxConstant[];
  /** Version of ONNX's own operators; 17 unless said. */
  readonly opset?: number;
}

type Bytes = readonly Uint8Array[];

/** The bytes of a small ONNX model, enough for probes of a few nodes; `convert/` writes the real graphs. Field numbers are those of onnx.proto. */
export function encodeOnnx({ nodes, inputs, outputs, constants = [], opset = 17 }: OnnxGraph): Uint8Array {
  const graph = [
    ...nodes.map((node) => field(1, encodeNode(node))),
    field(2, [text('probe')]),
    ...constants.map((constant) => field(5, encodeConstant(constant))),
    ...inputs.map((value) => field(11, encodeValue(value))),
    ...outputs.map((value) => field(12, encodeValue(value))),
  ].flat();
  const opsets = [
    field(8, [...field(1, [text('')]), ...integer(2, opset)]),
    field(8, [...field(1, [text('com.microsoft')]), ...integer(2, 1)]),
  ].flat();
  return new Uint8Array(Buffer.concat([...integer(1, 8), ...field(7, graph), ...opsets]));
}

/** The beginning of a model: one node that makes an empty sequence, and that sequence as a graph output. */
export function encodeStopOutput(name: string): Uint8Array {
  const sequenceOfFloat = field(4, field(1, field(1, integer(1, onnxElementTypes.float32))));
  const output = [...field(1, [text(name)]), ...field(2, sequenceOfFloat)];
  const node = encodeNode({ operator: 'SequenceEmpty', inputs: [], outputs: [name] });
  return new Uint8Array(Buffer.concat(field(7, [...field(1, node), ...field(12, output)])));
}

/** Further outputs for a model whose bytes stand before these: two messages one after the other are read as one. */
export function encodeOutputs(values: readonly OnnxValue[]): Uint8Array {
  return new Uint8Array(
    Buffer.concat(
      field(
        7,
        values.flatMap((value) => field(12, encodeValue(value))),
      ),
    ),
  );
}

function encodeNode({ operator, domain = '', inputs, outputs, attributes = {} }: OnnxNode): Bytes {
  return [
    ...inputs.flatMap((name) => field(1, [text(name)])),
    ...outputs.flatMap((name) => field(2, [text(name)])),
    ...field(4, [text(operator)]),
    ...Object.entries(attributes).flatMap(([name, value]) => field(5, encodeAttribute(name, value))),
    ...field(7, [text(domain)]),
  ];
}

function encodeAttribute(name: string, value: { readonly int: number } | { readonly float: number }): Bytes {
  if ('int' in value) return [...field(1, [text(name)]), ...integer(3, value.int), ...integer(20, 2)];
  const bits = new Uint8Array(new Float32Array([value.float]).buffer);
  return [...field(1, [text(name)]), varint((2 << 3) | 5), bits, ...integer(20, 1)];
}

function encodeValue({ name, dtype, dims }: OnnxValue): Bytes {
  const shape = dims.flatMap((dim) => field(1, typeof dim === 'number' ? integer(1, dim) : field(2, [text(dim)])));
  const tensorType = [...integer(1, onnxElementTypes[dtype]), ...field(2, shape)];
  return [...field(1, [text(name)]), ...field(2, field(1, tensorType))];
}

function encodeConstant({ name, dtype, dims, data }: OnnxConstant): Bytes {
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return [...dims.flatMap((dim) => integer(1, dim)), ...integer(2, onnxElementTypes[dtype]), ...field(8, [text(name)]), ...field(9, [raw])];
}

// Protobuf: a field is its number and kind, then its length and bytes, or a number in groups of seven bits, lowest first.
function field(number: number, parts: Bytes): Bytes {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return [varint((number << 3) | 2), varint(length), ...parts];
}

function integer(number: number, value: number): Bytes {
  return [varint(number << 3), varint(value)];
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

function text(value: string): Uint8Array {
  return Buffer.from(value);
}
