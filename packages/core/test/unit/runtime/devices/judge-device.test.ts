import { expect, test } from 'vitest';
import type { TriedDevice } from '../../../../src/runtime/devices/device-facts.ts';
import { gpuChoice } from '../../../../src/runtime/devices/device-facts.ts';
import { judgeDevice } from '../../../../src/runtime/devices/judge-device.ts';

const slow = { promptRows: 100, steps: 50 };
const fast = { promptRows: 1000, steps: 100 };
const card = { name: 'Card', kind: 'discrete', memoryBytes: 8e9, driverVersion: '1' } as const;
const right: TriedDevice = {
  ...{ state: 'right', depth: 'measured', reason: 'Right.', adapters: [card], adapter: card, notes: [] },
  ...{ speeds: { cpu: slow, webgpu: fast }, triedAt: '2026-01-02T03:04:05.000Z' },
};

test('takes the faster of what computes rightly, with both times', () => {
  expect(judgeDevice(right)).toMatchObject({ device: 'webgpu', why: expect.stringContaining('12 s on the GPU, 82 s on the CPU') });
  expect(judgeDevice({ ...right, speeds: { cpu: fast, webgpu: slow } })).toMatchObject({ device: 'cpu', isFault: false });
});

test('never takes a device in software, however fast it says it is', () => {
  const software = { ...card, name: 'Soft', kind: 'software' } as const;
  const judged = judgeDevice({ ...right, adapter: software, adapters: [software] });
  expect(judged).toMatchObject({ device: 'cpu', isFault: false, why: expect.stringContaining('Soft') });
});

test.each(['crashed', 'hung', 'wrong'] as const)('a GPU that %s is a fault to be told; none at all is not', (state) => {
  expect(judgeDevice({ ...right, state, reason: 'It fell.' })).toMatchObject({
    device: 'cpu',
    isFault: true,
    why: expect.stringContaining('It fell.'),
  });
  expect(judgeDevice({ ...right, state: 'missing', reason: 'There is none.' })).toMatchObject({ device: 'cpu', isFault: false });
  expect(judgeDevice('It could not be tried.')).toMatchObject({ device: 'cpu', isFault: false });
});

test('the adapter is chosen by a word that is checked', () => {
  expect(gpuChoice({})).toBe('high-performance');
  expect(gpuChoice({ H2OVL_GPU: 'low-power' })).toBe('low-power');
  expect(() => gpuChoice({ H2OVL_GPU: '1' })).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
});
