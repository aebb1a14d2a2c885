import { expect, test } from 'vitest';
import type { ModelInfo } from '../../../src/model.ts';
import { readModelInfo, writeModelInfo } from '../../../src/wire/model-info.ts';

const info: ModelInfo = {
  ...{ architecture: 'a/b', parameters: 5, contextLength: 100, maxTiles: 6, tokensPerTile: 256, reasons: ['Because.'] },
  weights: { name: 'balanced', vision: 'float16', language: 'int8', head: 'int8' },
  runtime: { name: 'onnxruntime', version: '1.2.3', device: 'cpu', adapter: 'ffi', threads: 2 },
};

test('what a model is comes back as it was sent, the device of its vision part where it has one of its own', () => {
  const shared: ModelInfo = { ...info, runtime: { ...info.runtime, visionDevice: 'webgpu' } };
  for (const sent of [info, shared]) expect(readModelInfo(JSON.parse(JSON.stringify(writeModelInfo('nano', sent))))).toEqual(sent);
  expect(writeModelInfo('nano', shared).runtime).toEqual({ ...info.runtime, vision_device: 'webgpu' });
});
