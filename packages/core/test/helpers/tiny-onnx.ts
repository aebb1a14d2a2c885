import { encodeOnnx, type OnnxNode } from '../../src/runtime/onnx-bytes.ts';

/** y = a + b, float32, [n]. */
export function addGraph(): Uint8Array {
  const dims = ['n'];
  return encodeOnnx({
    nodes: [{ operator: 'Add', inputs: ['a', 'b'], outputs: ['y'] }],
    inputs: [
      { name: 'a', dtype: 'float32', dims },
      { name: 'b', dtype: 'float32', dims },
    ],
    outputs: [{ name: 'y', dtype: 'float32', dims }],
  });
}

/** x is multiplied by itself `count` times in a chain, float32 [n, n]: work of any length that can be stopped between nodes. */
export function matMulChainGraph(count: number): Uint8Array {
  const dims = ['n', 'n'];
  const nodes = Array.from({ length: count }, (_, index): OnnxNode => {
    const inputs = [index === 0 ? 'x' : `h${index}`, 'x'];
    return { operator: 'MatMul', inputs, outputs: [index === count - 1 ? 'y' : `h${index + 1}`] };
  });
  return encodeOnnx({ nodes, inputs: [{ name: 'x', dtype: 'float32', dims }], outputs: [{ name: 'y', dtype: 'float32', dims }] });
}

/**
 * One attention layer with a cache: 2 query heads, 1 cache head, 8 elements each, no rotation.
 * query [1, s, 16], key and value [1, s, 8]; past and present key and value [1, 1, m, 8]; output [1, s, 16].
 */
export function attentionGraph(): Uint8Array {
  const cache = [1, 1, 'm', 8];
  return encodeOnnx({
    nodes: [
      {
        operator: 'GroupQueryAttention',
        domain: 'com.microsoft',
        inputs: ['query', 'key', 'value', 'past_key', 'past_value', 'seqlens_k', 'total'],
        outputs: ['output', 'present_key', 'present_value'],
        attributes: { num_heads: { int: 2 }, kv_num_heads: { int: 1 } },
      },
    ],
    inputs: [
      { name: 'query', dtype: 'float32', dims: [1, 's', 16] },
      { name: 'key', dtype: 'float32', dims: [1, 's', 8] },
      { name: 'value', dtype: 'float32', dims: [1, 's', 8] },
      { name: 'past_key', dtype: 'float32', dims: cache },
      { name: 'past_value', dtype: 'float32', dims: cache },
      { name: 'seqlens_k', dtype: 'int32', dims: [1] },
      { name: 'total', dtype: 'int32', dims: [] },
    ],
    outputs: [
      { name: 'output', dtype: 'float32', dims: [1, 's', 16] },
      { name: 'present_key', dtype: 'float32', dims: cache },
      { name: 'present_value', dtype: 'float32', dims: cache },
    ],
  });
}

/** y = a + b, float32 [2], where b stands in a file of 8 bytes beside the graph. */
export function externalAddGraph(file: string): Uint8Array {
  const graph = encodeOnnx({
    nodes: [{ operator: 'Add', inputs: ['a', 'b'], outputs: ['y'] }],
    inputs: [{ name: 'a', dtype: 'float32', dims: [2] }],
    outputs: [{ name: 'y', dtype: 'float32', dims: [2] }],
  });
  // TensorProto: dims 2, float, name b, external_data { location: file }, data_location EXTERNAL; every length here is below 128.
  const bytesField = (number: number, bytes: Uint8Array): Buffer => Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
  const location = Buffer.concat([bytesField(1, Buffer.from('location')), bytesField(2, Buffer.from(file))]);
  const tensor = Buffer.concat([
    Buffer.from([0x08, 2, 0x10, 1]),
    bytesField(8, Buffer.from('b')),
    bytesField(13, location),
    Buffer.from([0x70, 1]),
  ]);
  return Buffer.concat([graph, bytesField(7, bytesField(5, tensor))]); // read as one model with the bytes before it
}
