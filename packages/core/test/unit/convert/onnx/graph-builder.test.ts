import protobuf from 'protobufjs/minimal.js';
import { describe, expect, it } from 'vitest';
import { type DataSink, GraphBuilder } from '../../../../src/convert/onnx/graph-builder.ts';

/** Field number -> values of one protobuf message: numbers, or the bytes of strings and messages. */
function fields(bytes: Uint8Array): Map<number, (number | Uint8Array)[]> {
  const reader = protobuf.Reader.create(bytes);
  const found = new Map<number, (number | Uint8Array)[]>();
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const value = (tag & 7) === 0 ? Number(reader.int64()) : (tag & 7) === 5 ? reader.float() : reader.bytes();
    found.set(tag >>> 3, [...(found.get(tag >>> 3) ?? []), value]);
  }
  return found;
}
const bytesOf = (value: number | Uint8Array | undefined): Uint8Array => value as Uint8Array;
const text = (value: number | Uint8Array | undefined): string => Buffer.from(bytesOf(value)).toString();

const noSink: DataSink = { add: () => Promise.reject(new Error('nothing large here')) };
async function* bytes(...values: number[]): AsyncGenerator<Uint8Array> {
  yield Uint8Array.from(values);
}

describe('GraphBuilder', () => {
  it('encodes inputs, nodes, attributes and outputs where onnx.proto puts them', () => {
    const builder = new GraphBuilder('tiny', noSink);
    builder.input('x', 'float32', ['B', 3]);
    const sum = builder.node('layers.0/norm', 'SimplifiedLayerNormalization', ['x', builder.constant('float32', [1, 1, 1])], {
      attributes: { epsilon: { float: 0.5 }, axis: { int: -1 } },
    });
    builder.output('y', 'float32', ['B', 3], sum);
    const model = fields(builder.encode('1.2.3'));
    expect([model.get(1), text(model.get(2)?.[0]), text(model.get(3)?.[0])]).toEqual([[10], 'h2ovl', '1.2.3']);
    expect(model.get(8)?.map((set) => [text(fields(bytesOf(set)).get(1)?.[0]), fields(bytesOf(set)).get(2)?.[0]])).toEqual([
      ['', 21],
      ['com.microsoft', 1],
    ]);
    const graph = fields(bytesOf(model.get(7)?.[0]));
    const node = fields(bytesOf(graph.get(1)?.[0]));
    expect(node.get(1)?.map(text)).toEqual(['x', 'const/float32[3]/1,1,1']);
    expect(node.get(2)?.map(text)).toEqual(['y']);
    expect(text(node.get(3)?.[0])).toBe('layers.0/norm/SimplifiedLayerNormalization');
    const [epsilon, axis] = (node.get(5) ?? []).map((attribute) => fields(bytesOf(attribute)));
    expect([text(epsilon?.get(1)?.[0]), epsilon?.get(2), epsilon?.get(20)]).toEqual(['epsilon', [0.5], [1]]);
    expect([text(axis?.get(1)?.[0]), axis?.get(3), axis?.get(20)]).toEqual(['axis', [-1], [2]]);
    expect([graph.get(11)?.length, graph.get(12)?.length]).toEqual([1, 1]);
  });

  it('keeps small weights inside the model and points to large ones', async () => {
    const places: string[] = [];
    const sink: DataSink = {
      add: async (name, byteLength) => {
        places.push(`${name} ${byteLength}`);
        return { file: 'w.data', offset: 4096, byteLength };
      },
    };
    const builder = new GraphBuilder('g', sink);
    await builder.weight('small', 'uint8', [2], bytes(7, 8));
    await builder.weight('large', 'float32', [100, 10], bytes());
    expect(places).toEqual(['large 4000']);
    const [small, large] = (fields(bytesOf(fields(builder.encode('')).get(7)?.[0])).get(5) ?? []).map((constant) =>
      fields(bytesOf(constant)),
    );
    expect([...bytesOf(small?.get(9)?.[0])]).toEqual([7, 8]);
    const entries = (large?.get(13) ?? []).map((entry) => fields(bytesOf(entry)));
    expect(entries.map((entry) => `${text(entry.get(1)?.[0])}=${text(entry.get(2)?.[0])}`)).toEqual([
      'location=w.data',
      'offset=4096',
      'length=4000',
    ]);
    expect([large?.get(1), large?.get(14)]).toEqual([[100, 10], [1]]);
  });

  it('puts what nobody reads behind all others, the last of it first, and changes no order else', () => {
    const builder = new GraphBuilder('g', noSink);
    builder.input('x', 'float32', [3]);
    const first = builder.node('a', 'Abs', ['x']);
    builder.output('seen a', 'float32', [], builder.node('a/seen', 'ReduceMax', [first]));
    const second = builder.node('b', 'Abs', [first]);
    builder.output('seen b', 'float32', [], builder.node('b/seen', 'ReduceMax', [second]));
    builder.output('y', 'float32', [3], builder.node('c', 'Neg', [second]));
    builder.putEndsInReverse();
    expect(builder.graph().nodes.map(({ name }) => name)).toEqual(['a/Abs', 'b/Abs', 'c/Neg', 'b/seen/ReduceMax', 'a/seen/ReduceMax']);
    expect(builder.graph().outputs.map(({ name }) => name)).toEqual(['seen a', 'seen b', 'y']);
  });

  it('stores equal constants once and makes shared values once', () => {
    const builder = new GraphBuilder('g', noSink);
    expect(builder.constant('int64', [1, 2])).toBe(builder.constant('int64', [1, 2]));
    expect(builder.constant('int64', [1])).not.toBe(builder.constant('int64', [1], []));
    let made = 0;
    const make = (): string => {
      made += 1;
      return `value ${made}`;
    };
    expect([builder.shared('a', make), builder.shared('a', make), builder.shared('b', make)]).toEqual(['value 1', 'value 1', 'value 2']);
  });

  it('refuses two nodes with one address, two weights with one name and bytes that do not add up', async () => {
    const builder = new GraphBuilder('g', noSink);
    builder.node('a', 'Abs', ['x']);
    expect(() => builder.node('a', 'Abs', ['y'])).toThrow('a/Abs');
    await builder.weight('w', 'uint8', [1], bytes(1));
    await expect(builder.weight('w', 'uint8', [1], bytes(1))).rejects.toThrow('called w');
    await expect(builder.weight('v', 'uint8', [3], bytes(1))).rejects.toThrow('1 bytes came where 3');
  });
});
