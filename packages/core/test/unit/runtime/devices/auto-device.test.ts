import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ChooseDeviceOptions, type ChosenDevice, chooseDevice } from '../../../../src/runtime/choose-device.ts';
import { probeDevices } from '../../../../src/runtime/devices/probe-devices.ts';
import type { ProbeReport } from '../../../../src/runtime/devices/probe-protocol.ts';
import { hearDeviceWarnings } from '../../../helpers/gpu-stand-in.ts';
import { useStandIn } from '../../../helpers/stand-in-probe.ts';

// Before anything opens a GPU in this process, which is this file's own: whatever a stand-in says, there is none.
process.env.VK_DRIVER_FILES = '/nowhere/driver.json';
process.env.VK_ICD_FILENAMES = '/nowhere/driver.json';

const adapter = { name: 'Card', kind: 'discrete', memoryBytes: 8e9, driverVersion: '1' } as const;
const stage = { type: 'stage', stage: 'opening the GPU' } as const;
const fast = { promptRows: 1e6, steps: 1e6 };
const slow = { promptRows: 1, steps: 1 };
const measured = (webgpu: typeof fast, cpu: typeof fast): readonly ProbeReport[] => [
  { type: 'adapters', adapters: [adapter] },
  { type: 'checked', notes: ['It computes in float16.'] },
  { type: 'measured', cpu, webgpu },
  { type: 'end', state: 'right', reason: 'The GPU computes rightly.' },
];

let home: string;
const warnings = hearDeviceWarnings();
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'h2ovl-auto-'));
  process.env.H2OVL_HOME = home;
  warnings.length = 0;
});
afterEach(() => {
  delete process.env.H2OVL_HOME;
  rmSync(home, { recursive: true });
});

async function choose(
  options: ChooseDeviceOptions = {},
): Promise<Pick<ChosenDevice, 'reasons' | 'isOwnChoice'> & { readonly device: string }> {
  const { runtime, reasons, isOwnChoice } = await chooseDevice(options);
  const device = runtime.info.executionProvider;
  await runtime.dispose();
  await new Promise(setImmediate); // warnings come in a turn of their own
  return { device, reasons, isOwnChoice };
}

test('a crash is the CPU with one warning; it is remembered, and told as an error to whoever asks for the GPU', async () => {
  const standIn = useStandIn([stage], 'crash');
  let tries = 0;
  const onTry = (): void => {
    tries += 1;
  };
  const first = await choose({ onTry });
  expect(first).toMatchObject({ device: 'cpu', isOwnChoice: true });
  expect(first.reasons[0]).toContain('while opening the GPU');
  expect(await choose({ onTry })).toMatchObject({ device: 'cpu', reasons: first.reasons });
  await expect(chooseDevice({ device: 'webgpu' })).rejects.toMatchObject({
    code: 'RUNTIME_UNAVAILABLE',
    message: expect.stringContaining('while opening the GPU'),
    hint: expect.stringContaining('probeDevices({ reprobe: true })'),
  });
  expect([standIn.pids().length, tries]).toEqual([1, 1]);
  expect(warnings).toEqual([first.reasons[0]]);
});

test('asks again where that is wanted, and believes what is found then', async () => {
  useStandIn([stage], 'crash');
  expect((await probeDevices()).devices[1]).toMatchObject({ device: 'webgpu', state: 'crashed', speed: undefined });
  const standIn = useStandIn(measured(slow, fast), 'wait');
  expect((await probeDevices()).devices[1]).toMatchObject({ state: 'crashed' });
  expect(standIn.pids()).toHaveLength(0);
  expect(await probeDevices({ reprobe: true })).toMatchObject({
    chosen: 'cpu',
    adapters: [adapter],
    devices: [
      { device: 'cpu', speed: fast },
      { device: 'webgpu', state: 'right', adapter: 'Card', speed: slow, notes: [expect.any(String), 'It computes in float16.'] },
    ],
  });
  expect((await choose()).reasons[0]).toContain('faster here');
  expect(standIn.pids()).toHaveLength(1);
  expect(warnings).toEqual([]);
});

test('a GPU that was right when it was tried, and fails when it is opened, is the CPU from then on', async () => {
  const standIn = useStandIn(measured(fast, slow), 'wait');
  const first = await choose();
  expect(first.device).toBe('cpu');
  expect(first.reasons[0]).toContain('failed when it was opened');
  expect(warnings).toEqual([first.reasons[0]]);
  expect((await choose()).reasons[0]).toContain('cannot be trusted');
  expect(standIn.pids()).toHaveLength(1);
});

test('no GPU is no fault, and the CPU is not looked past where there is a reason for it', async () => {
  const standIn = useStandIn([{ type: 'end', state: 'missing', reason: 'There is none.' }], 'wait');
  expect((await choose()).reasons[0]).toContain('There is none.');
  expect((await choose({ cpuReason: 'The model is small.' })).reasons[0]).toBe('The model is small.');
  expect((await choose({ device: 'cpu' })).isOwnChoice).toBe(false);
  expect(warnings).toEqual([]);
  expect(standIn.pids()).toHaveLength(1);
});

test('goes the way of the CPU through the other adapter, which reaches no GPU', async () => {
  const standIn = useStandIn(measured(fast, slow), 'wait');
  process.env.H2OVL_RUNTIME = 'worker';
  try {
    expect((await choose()).device).toBe('cpu');
  } finally {
    delete process.env.H2OVL_RUNTIME;
  }
  expect(standIn.pids()).toHaveLength(0);
});
