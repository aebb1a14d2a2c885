import { expect, test } from 'vitest';
import type { DeviceSpeed, TriedDevice } from '../../../../src/runtime/devices/device-facts.ts';
import { gpuChoice } from '../../../../src/runtime/devices/device-facts.ts';
import { judgeDevice, placementsOfPart } from '../../../../src/runtime/devices/judge-device.ts';

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

const speeds = (webgpu: DeviceSpeed, cpu: DeviceSpeed): TriedDevice => ({ ...right, speeds: { cpu, webgpu } });
/** As an integrated GPU: it computes much faster than the CPU, and reads the same memory. */
const integrated = { promptRows: 1000, steps: 20 };

test('leaves decoding to the CPU where the GPU measured slower at it, and tells all three times', () => {
  // 7.2 + 25 s on the GPU, 72 + 10 s on the CPU, 5.4 + 18 + 10 s on both.
  expect(judgeDevice(speeds(integrated, slow)).device).toBe('webgpu');
  const cpu = { promptRows: 300, steps: 50 };
  // 24 + 10 s on the CPU, 5.4 + 6 + 10 s on both.
  expect(judgeDevice(speeds(integrated, cpu))).toMatchObject({
    device: 'webgpu:vision',
    isFault: false,
    why: expect.stringMatching(/vision part.*32 s on the GPU, 34 s on the CPU, 21 s with the vision part alone on the GPU/),
  });
});

test('two devices must be worth it: a tenth of the time of the better one', () => {
  const better = { promptRows: 1000, steps: 50 };
  // 7.2 + 10 s on the CPU; 5.4 of it come down to 4.1 or 3.2 on the GPU.
  expect(judgeDevice(speeds({ promptRows: 1300, steps: 1 }, better)).device).toBe('cpu');
  expect(judgeDevice(speeds({ promptRows: 1700, steps: 1 }, better)).device).toBe('webgpu:vision');
});

test('a GPU that is too small for the whole model gets the vision part, unless the CPU alone is faster', () => {
  expect(judgeDevice(right, placementsOfPart)).toMatchObject({ device: 'webgpu:vision', why: expect.not.stringMatching(/s on the GPU,/) });
  expect(judgeDevice(speeds(slow, fast), placementsOfPart).device).toBe('cpu');
  expect(judgeDevice({ ...right, state: 'crashed' }, placementsOfPart).device).toBe('cpu');
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
