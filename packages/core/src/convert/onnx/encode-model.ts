import protobuf from 'protobufjs/minimal.js';
import type { Dim, OnnxAttribute, OnnxConstant, OnnxGraph, OnnxNode, OnnxValue } from './onnx-types.ts';
import { onnxTypes } from './onnx-types.ts';

// Field numbers are those of onnx.proto; a field's tag is (number << 3) | wire type.
const varint = 0;
const bytes = 2;
const fixed32 = 5;

/** Operator sets the graphs are written for. 21 is the newest that ONNX Runtime 1.27 declares complete; the fused operators are Microsoft's. */
const operatorSets: readonly (readonly [domain: string, version: number])[] = [
  ['', 21],
  ['com.microsoft', 1],
];
const irVersion = 10; // the file format version that belongs to operator set 21

type Writer = protobuf.Writer;

/** The bytes of an .onnx file. */
export function encodeModel(graph: OnnxGraph, producerVersion: string): Uint8Array {
  const writer = protobuf.Writer.create();
  integer(writer, 1, irVersion);
  text(writer, 2, 'h2ovl');
  text(writer, 3, producerVersion);
  message(writer, 7, () => writeGraph(writer, graph));
  for (const [domain, version] of operatorSets) {
    message(writer, 8, () => {
      text(writer, 1, domain);
      integer(writer, 2, version);
    });
  }
  return writer.finish();
}

function writeGraph(writer: Writer, graph: OnnxGraph): void {
  for (const node of graph.nodes) message(writer, 1, () => writeNode(writer, node));
  text(writer, 2, graph.name);
  for (const constant of graph.constants) message(writer, 5, () => writeConstant(writer, constant));
  for (const value of graph.inputs) message(writer, 11, () => writeValue(writer, value));
  for (const value of graph.outputs) message(writer, 12, () => writeValue(writer, value));
}

function writeNode(writer: Writer, node: OnnxNode): void {
  for (const name of node.inputs) text(writer, 1, name);
  for (const name of node.outputs) text(writer, 2, name);
  text(writer, 3, node.name);
  text(writer, 4, node.op);
  for (const [name, value] of Object.entries(node.attributes)) message(writer, 5, () => writeAttribute(writer, name, value));
  text(writer, 7, node.domain);
}

function writeAttribute(writer: Writer, name: string, value: OnnxAttribute): void {
  text(writer, 1, name);
  if ('float' in value) {
    writer.uint32((2 << 3) | fixed32).float(value.float);
    integer(writer, 20, 1);
  } else if ('int' in value) {
    integer(writer, 3, value.int);
    integer(writer, 20, 2);
  } else {
    for (const item of value.ints) integer(writer, 8, item);
    integer(writer, 20, 7);
  }
}

function writeConstant(writer: Writer, constant: OnnxConstant): void {
  for (const dim of constant.dims) integer(writer, 1, dim);
  integer(writer, 2, onnxTypes[constant.type]);
  text(writer, 8, constant.name);
  const { content } = constant;
  if (content instanceof Uint8Array) {
    writer.uint32((9 << 3) | bytes).bytes(content);
    return;
  }
  const entries = { location: content.file, offset: String(content.offset), length: String(content.byteLength) };
  for (const [key, value] of Object.entries(entries)) {
    message(writer, 13, () => {
      text(writer, 1, key);
      text(writer, 2, value);
    });
  }
  integer(writer, 14, 1); // the data is in another file
}

function writeValue(writer: Writer, value: OnnxValue): void {
  text(writer, 1, value.name);
  message(writer, 2, () =>
    message(writer, 1, () => {
      integer(writer, 1, onnxTypes[value.type]);
      message(writer, 2, () => {
        for (const dim of value.dims) message(writer, 1, () => writeDim(writer, dim));
      });
    }),
  );
}

function writeDim(writer: Writer, dim: Dim): void {
  if (typeof dim === 'number') integer(writer, 1, dim);
  else text(writer, 2, dim);
}

function integer(writer: Writer, field: number, value: number): void {
  writer.uint32((field << 3) | varint).int64(value);
}

function text(writer: Writer, field: number, value: string): void {
  writer.uint32((field << 3) | bytes).string(value);
}

function message(writer: Writer, field: number, content: () => void): void {
  writer.uint32((field << 3) | bytes).fork();
  content();
  writer.ldelim();
}
