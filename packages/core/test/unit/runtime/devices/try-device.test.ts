import { expect, test } from 'vitest';
import type { Adapter } from '../../../../src/runtime/devices/device-facts.ts';
import { tryDevice } from '../../../../src/runtime/devices/try-device.ts';
import { isRunning, useStandIn } from '../../../helpers/stand-in-probe.ts';

const options = { depth: 'measured', choice: 'high-performance', threads: 1 } as const;
const card: Adapter = { name: 'Card', kind: 'discrete', memoryBytes: 8e9, driverVersion: '1' };
const chip: Adapter = { name: 'Chip', kind: 'integrated', memoryBytes: 4e9, driverVersion: '1' };
const opening = { type: 'stage', stage: 'opening the GPU' } as const;

test('tells where a driver that crashes ended the process, and what was known by then', async () => {
  useStandIn([{ type: 'adapters', adapters: [chip, card] }, opening], 'crash');
  const tried = await tryDevice(options);
  expect(tried).toMatchObject({ state: 'crashed', depth: 'listed', adapter: card, adapters: [chip, card] });
  expect(tried.reason).toContain('SIGABRT');
  expect(tried.reason).toContain('while opening the GPU');
});

test('ends a driver that does not return, and leaves no process behind', async () => {
  const standIn = useStandIn([opening], 'hang');
  const tried = await tryDevice({ ...options, silenceMs: 1500 });
  expect(tried).toMatchObject({ state: 'hung', reason: expect.stringContaining('within 1.5 seconds while opening the GPU') });
  expect(standIn.pids()).toHaveLength(1);
  expect(isRunning(standIn.pids()[0] as number)).toBe(false);
});

test('a process that has said its end need not leave by itself', async () => {
  const standIn = useStandIn([{ type: 'end', state: 'missing', reason: 'There is none.' }], 'hang');
  expect(await tryDevice(options)).toMatchObject({ state: 'missing', reason: 'There is none.', speeds: undefined });
  expect(isRunning(standIn.pids()[0] as number)).toBe(false);
});

test('knows how much was tried, and takes the adapter that was asked for', async () => {
  const speed = { promptRows: 100, steps: 10 };
  const end = { type: 'end', state: 'right', reason: 'Right.' } as const;
  useStandIn([{ type: 'adapters', adapters: [chip, card] }, end], 'wait');
  expect(await tryDevice({ ...options, choice: 'low-power' })).toMatchObject({ depth: 'opened', adapter: chip });
  useStandIn([{ type: 'checked', notes: ['Good.'] }, { type: 'measured', cpu: speed, webgpu: speed }, end], 'wait');
  expect(await tryDevice(options)).toMatchObject({ depth: 'measured', notes: ['Good.'], speeds: { cpu: speed, webgpu: speed } });
});

test('stops with the reason of whoever stops it', async () => {
  const standIn = useStandIn([opening], 'hang');
  const stop = new AbortController();
  const trying = tryDevice({ ...options, signal: stop.signal });
  await expect.poll(() => standIn.pids().length, { timeout: 120_000 }).toBe(1);
  stop.abort(new Error('enough'));
  await expect(trying).rejects.toThrow('enough');
  expect(isRunning(standIn.pids()[0] as number)).toBe(false);
});
