/** Element types of graph values, by their number in the ONNX format. */
export const onnxTypes = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, float16: 10, bfloat16: 16 } as const;
export type OnnxType = keyof typeof onnxTypes;

/** Bytes of one element. */
export const onnxBytes: Readonly<Record<OnnxType, number>> = { float32: 4, uint8: 1, int8: 1, int32: 4, int64: 8, float16: 2, bfloat16: 2 };

/** A dimension: a number, or a name for one that is only known when the graph runs. */
export type Dim = number | string;

export interface OnnxValue {
  readonly name: string;
  readonly type: OnnxType;
  readonly dims: readonly Dim[];
}

export interface OnnxNode {
  /** Address of the node, unique in the graph. */
  readonly name: string;
  readonly op: string;
  /** '' is ONNX's own operator set. */
  readonly domain: '' | 'com.microsoft';
  /** Names of values; '' leaves an optional input out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** A float, an integer or a list of integers; a plain number would leave open which of the two is meant. */
export type OnnxAttribute = { readonly float: number } | { readonly int: number } | { readonly ints: readonly number[] };

/** A constant: in the model file itself, or at a place in the data file beside it. */
export interface OnnxConstant {
  readonly name: string;
  readonly type: OnnxType;
  readonly dims: readonly number[];
  readonly content: Uint8Array | DataPlace;
}

/** Where a constant lies in the data file. */
export interface DataPlace {
  /** Name of the file, relative to the model file. */
  readonly file: string;
  readonly offset: number;
  readonly byteLength: number;
}

export interface OnnxGraph {
  readonly name: string;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxConstant[];
}
