import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { encodeOnnx } from '../../../src/runtime/onnx-bytes.ts';
import { readOpset } from '../../../src/runtime/read-opset.ts';
import { withStopOutput } from '../../../src/runtime/stop-output.ts';

const folder = mkdtempSync(join(tmpdir(), 'h2ovl-stop-output-'));
afterAll(() => rmSync(folder, { recursive: true }));

const value = { dtype: 'float32', dims: [1] } as const;
const graphOf = (opset: number): Uint8Array =>
  encodeOnnx({
    nodes: [{ operator: 'Neg', inputs: ['x'], outputs: ['y'] }],
    inputs: [{ name: 'x', ...value }],
    outputs: [{ name: 'y', ...value }],
    opset,
  });

test.each([9, 10, 11, 17])('the version %d of the operators is read from a graph', (opset) => {
  expect(readOpset(graphOf(opset))).toBe(opset);
});

test('operators of other makers do not count, and what is no model has no version', () => {
  const others = Uint8Array.of(0x42, 5, 0x0a, 1, 0x61, 0x10, 9); // opset_import { domain: "a", version: 9 }
  expect(readOpset(others)).toBeUndefined();
  expect(readOpset(new Uint8Array([...others, ...graphOf(12)]))).toBe(12);
  expect(readOpset(new Uint8Array())).toBeUndefined();
  expect(readOpset(Buffer.from('no graph at all'))).toBeUndefined();
  expect(readOpset(graphOf(12).subarray(0, 20))).toBeUndefined();
});

test('graphs from before sequences take no stop output, as bytes and as files', () => {
  const [old, young] = [join(folder, 'old.onnx'), join(folder, 'young.onnx')];
  writeFileSync(old, graphOf(10));
  writeFileSync(young, graphOf(11));
  expect(withStopOutput(graphOf(10))).toBeUndefined();
  expect(withStopOutput(old)).toBeUndefined();
  expect(withStopOutput(graphOf(11))?.model.length).toBeGreaterThan(graphOf(11).length);
  expect(withStopOutput(young)?.config).toEqual({ 'session.model_external_initializers_file_folder_path': folder });
});
