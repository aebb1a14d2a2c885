import { afterAll, beforeAll } from 'vitest';
import type { OpenedDevice } from '../../src/runtime/choose-device.ts';
import { DeviceError } from '../../src/runtime/device-error.ts';
import { openFfiRuntime } from '../../src/runtime/ffi/ffi-runtime.ts';
import type { Runtime, Session } from '../../src/runtime/port.ts';

/** What a run of a lost device fails with. */
export const deviceLost = (): Error => new DeviceError('A run of the graph failed: the device was lost.', {});

/** A "GPU" that computes the graphs for GPUs on the CPU. Before each run `failure` is asked, and what it gives is thrown. */
export async function openGpuStandIn(failure: () => Error | undefined): Promise<Pick<OpenedDevice, 'runtime' | 'abilities'>> {
  const cpu = await openFfiRuntime({ threads: 1, reasons: [] });
  const failing = (session: Session): Session => ({
    ...{ inputs: session.inputs, outputs: session.outputs, dispose: () => session.dispose() },
    returnWeightPages: () => session.returnWeightPages(),
    run: async (request) => {
      const error = failure();
      if (error !== undefined) throw error;
      await session.run(request);
    },
  });
  const runtime: Runtime = {
    info: { ...cpu.info, executionProvider: 'webgpu' },
    openSession: async (graph, options) => failing(await cpu.openSession(graph, options)),
    allocate: (dtype, dims) => cpu.allocate(dtype, dims),
    dispose: () => cpu.dispose(),
  };
  return { runtime, abilities: { isUsable: true, float16: false, fusedAttention: true, checks: [] } };
}

/** Warnings about devices that the process gave since the tests of this file began; they may be taken out. */
export function hearDeviceWarnings(): string[] {
  const warnings: string[] = [];
  const hear = (warning: Error & { readonly code?: string }): void => {
    if (warning.code === 'H2OVL_DEVICE') warnings.push(warning.message);
  };
  beforeAll(() => {
    process.on('warning', hear);
  });
  afterAll(() => {
    process.off('warning', hear);
  });
  return warnings;
}
