import { afterEach, expect, test } from 'vitest';
import { chooseDevice } from '../../../src/runtime/choose-device.ts';
import { checkDevice, describeAbilities } from '../../../src/runtime/device-check.ts';
import { checkCases } from '../../../src/runtime/device-check-cases.ts';
import { openFfiRuntime } from '../../../src/runtime/ffi/ffi-runtime.ts';
import type { Runtime, Session } from '../../../src/runtime/port.ts';

afterEach(() => {
  delete process.env.H2OVL_DEVICE;
});

test.each(['cuda', 'CoreML', 'directml'])('points to webgpu where %s is asked for', async (device) => {
  process.env.H2OVL_DEVICE = device;
  await expect(chooseDevice()).rejects.toMatchObject({
    code: 'RUNTIME_UNAVAILABLE',
    message: expect.stringContaining(device),
    hint: expect.stringContaining("'webgpu'"),
  });
});

test('refuses a device that does not exist, and takes the option before the environment', async () => {
  process.env.H2OVL_DEVICE = 'abacus';
  await expect(chooseDevice()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', message: expect.stringContaining('H2OVL_DEVICE') });
  const { runtime, abilities } = await chooseDevice({ device: 'cpu' });
  expect([runtime.info.executionProvider, abilities]).toEqual(['cpu', undefined]);
  await runtime.dispose();
});

/** The CPU, with one kind of kernel broken. */
async function brokenRuntime(isBroken: (graph: string) => boolean, spoil: (y: Float32Array) => void): Promise<Runtime> {
  const cpu = await openFfiRuntime({ threads: 1, reasons: [] });
  const openSession = async (graph: string | Uint8Array): Promise<Session> => {
    const session = await cpu.openSession(graph);
    const text = Buffer.from(graph as Uint8Array).toString('latin1');
    if (!isBroken(text)) return session;
    return {
      ...{ inputs: session.inputs, outputs: session.outputs, dispose: () => session.dispose() },
      returnWeightPages: () => session.returnWeightPages(),
      run: async (request) => {
        await session.run(request);
        for (const output of Object.values(request.outputs)) if ('data' in output) spoil(output.data as Float32Array);
      },
    };
  };
  return { info: cpu.info, openSession, allocate: (dtype, dims) => cpu.allocate(dtype, dims), dispose: () => cpu.dispose() };
}

test('finds a CPU right in everything, float16 included', async () => {
  const cpu = await openFfiRuntime({ threads: 1, reasons: [] });
  const abilities = await checkDevice(cpu, cpu);
  expect(abilities).toMatchObject({ isUsable: true, float16: true, fusedAttention: true });
  expect(abilities.checks.length).toBe(2 * checkCases().length);
  expect(describeAbilities(abilities)).toEqual(['It computes in float16.']);
  await cpu.dispose();
});

test.each([
  ['attention inside a tile', 'MultiHeadAttention', { isUsable: true, float16: true, fusedAttention: false }],
  ['a product', 'MatMulNBits', { isUsable: false, float16: false, fusedAttention: true }],
])('catches a device that gets %s wrong', async (_name, operator, found) => {
  const cpu = await openFfiRuntime({ threads: 1, reasons: [] });
  const broken = await brokenRuntime(
    (graph) => graph.includes(operator),
    (y) => {
      y[3] = (y[3] as number) + 0.2 * Math.max(...y.map(Math.abs));
    },
  );
  expect(await checkDevice(broken, cpu)).toMatchObject(found);
  await broken.dispose();
  await cpu.dispose();
});

test('takes numbers that are not numbers for wrong', async () => {
  const cpu = await openFfiRuntime({ threads: 1, reasons: [] });
  const broken = await brokenRuntime(
    (graph) => graph.includes('Softmax'),
    (y) => {
      y[0] = Number.NaN;
    },
  );
  const { isUsable, checks } = await checkDevice(broken, cpu);
  expect(isUsable).toBe(false);
  expect(checks.find(({ name }) => name === 'softmax')?.error).toBe(Number.POSITIVE_INFINITY);
  await broken.dispose();
  await cpu.dispose();
});
