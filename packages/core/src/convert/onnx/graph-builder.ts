import { encodeModel } from './encode-model.ts';
import {
  type DataPlace,
  type Dim,
  type OnnxAttribute,
  type OnnxConstant,
  type OnnxGraph,
  type OnnxNode,
  type OnnxType,
  type OnnxValue,
  onnxBytes,
} from './onnx-types.ts';

/** Receives the large constants of a graph. `external-data.ts` writes them to a file; tests may keep them in memory. */
export interface DataSink {
  /** Stores `chunks`, which must add up to `byteLength`. */
  add(name: string, byteLength: number, chunks: AsyncIterable<Uint8Array>): Promise<DataPlace>;
}

/** Constants up to this size stay in the model file: a page of the data file each would be mostly padding. */
const maxInlineBytes = 256;

export interface NodeOptions {
  readonly domain?: OnnxNode['domain'];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
  /** Which outputs to name; '' leaves an optional one out. @default one output */
  readonly outputs?: readonly boolean[];
}

/**
 * Collects a graph. A node is named by its address in the model (`layers.0/attn/q_proj/MatMul`), a value after the node that makes it,
 * a small constant by type and content, so that equal ones are stored once.
 */
export class GraphBuilder {
  readonly #name: string;
  readonly #sink: DataSink;
  readonly #inputs: OnnxValue[] = [];
  readonly #outputs: OnnxValue[] = [];
  readonly #nodes: OnnxNode[] = [];
  readonly #constants = new Map<string, OnnxConstant>();
  readonly #addresses = new Set<string>();
  readonly #shared = new Map<string, string>();

  constructor(name: string, sink: DataSink) {
    this.#name = name;
    this.#sink = sink;
  }

  input(name: string, type: OnnxType, dims: readonly Dim[]): string {
    this.#inputs.push({ name, type, dims });
    return name;
  }

  /** Declares `value` to be a graph output called `name`. */
  output(name: string, type: OnnxType, dims: readonly Dim[], value: string): void {
    this.#rename(value, name);
    this.#outputs.push({ name, type, dims });
  }

  /** Adds a node with one output; returns the output's name. */
  node(address: string, op: string, inputs: readonly string[], options: Omit<NodeOptions, 'outputs'> = {}): string {
    return this.nodes(address, op, inputs, { ...options, outputs: [true] })[0] as string;
  }

  /** Adds a node; returns the names of its outputs, '' for those left out. */
  nodes(address: string, op: string, inputs: readonly string[], options: NodeOptions = {}): string[] {
    const name = `${address}/${op}`;
    if (this.#addresses.has(name)) throw new Error(`Two nodes have the address ${name}.`);
    this.#addresses.add(name);
    const outputs = (options.outputs ?? [true]).map((used, index) => (used ? `${name}:${index}` : ''));
    this.#nodes.push({ name, op, domain: options.domain ?? '', inputs, outputs, attributes: options.attributes ?? {} });
    return outputs;
  }

  /** A small constant inside the model file; equal ones share a name. */
  constant(type: 'float32' | 'int64' | 'uint8', values: readonly number[], dims: readonly number[] = [values.length]): string {
    const name = `const/${type}[${dims.join(',')}]/${values.join(',')}`;
    if (!this.#constants.has(name)) this.#constants.set(name, { name, type, dims, content: constantBytes(type, values) });
    return name;
  }

  /** A weight whose bytes arrive in chunks; large ones go to the data file. Returns its name. */
  async weight(name: string, type: OnnxType, dims: readonly number[], chunks: AsyncIterable<Uint8Array>): Promise<string> {
    if (this.#constants.has(name)) throw new Error(`Two weights are called ${name}.`);
    const byteLength = dims.reduce((product, dim) => product * dim, onnxBytes[type]);
    const content = byteLength <= maxInlineBytes ? await collect(chunks, byteLength) : await this.#sink.add(name, byteLength, chunks);
    this.#constants.set(name, { name, type, dims, content });
    return name;
  }

  /** A weight that several layers use: made at the first call with this name. */
  async sharedWeight(name: string, type: OnnxType, dims: readonly number[], make: () => AsyncIterable<Uint8Array>): Promise<string> {
    return this.#constants.has(name) ? name : this.weight(name, type, dims, make());
  }

  /** A value that several nodes use: made at the first call with this key. */
  shared(key: string, make: () => string): string {
    const known = this.#shared.get(key);
    if (known !== undefined) return known;
    const made = make();
    this.#shared.set(key, made);
    return made;
  }

  /**
   * Moves nodes whose outputs no node reads behind all others, the first of them last. ONNX Runtime begins with what the last of them needs, then the one before
   * it, and so on: where many values are observed along a long way, it would go the whole way first, and keep everything that is still to be observed.
   */
  putEndsInReverse(): void {
    const read = new Set(this.#nodes.flatMap(({ inputs }) => inputs));
    const isEnd = ({ outputs }: OnnxNode): boolean => !outputs.some((output) => read.has(output));
    const ends = this.#nodes.filter(isEnd).reverse();
    this.#nodes.splice(0, this.#nodes.length, ...this.#nodes.filter((node) => !isEnd(node)), ...ends);
  }

  graph(): OnnxGraph {
    return { name: this.#name, inputs: this.#inputs, outputs: this.#outputs, nodes: this.#nodes, constants: [...this.#constants.values()] };
  }

  encode(producerVersion: string): Uint8Array {
    return encodeModel(this.graph(), producerVersion);
  }

  #rename(from: string, to: string): void {
    const swap = (names: readonly string[]): string[] => names.map((name) => (name === from ? to : name));
    const index = this.#nodes.findIndex((node) => node.outputs.includes(from));
    if (index < 0) throw new Error(`No node makes ${from}.`);
    this.#nodes.forEach((node, i) => {
      if (node.inputs.includes(from) || i === index) this.#nodes[i] = { ...node, inputs: swap(node.inputs), outputs: swap(node.outputs) };
    });
  }
}

function constantBytes(type: 'float32' | 'int64' | 'uint8', values: readonly number[]): Uint8Array {
  if (type === 'uint8') return Uint8Array.from(values);
  const array = type === 'float32' ? Float32Array.from(values) : BigInt64Array.from(values, BigInt);
  return new Uint8Array(array.buffer);
}

async function collect(chunks: AsyncIterable<Uint8Array>, byteLength: number): Promise<Uint8Array> {
  const out = new Uint8Array(byteLength);
  let done = 0;
  for await (const chunk of chunks) {
    out.set(chunk, done);
    done += chunk.length;
  }
  if (done !== byteLength) throw new Error(`${done} bytes came where ${byteLength} were declared.`);
  return out;
}
