import { checkKernels } from '@h2ovl/core/internal/runtime/device-check';
import { projectionCases } from '@h2ovl/core/internal/runtime/device-check-cases';
import { openFfiRuntime } from '@h2ovl/core/internal/runtime/ffi/ffi-runtime';
import { WebgpuDevice } from '@h2ovl/core/internal/runtime/ffi/webgpu/webgpu-device';
import type { Stage } from './stage.ts';

const rowCounts = [1, 2, 3, 4, 6, 8, 9, 12, 15, 16, 17, 32, 64];

/** Linear layers of the 0.8B's size with every number of rows at which a provider may change its kernel: errors against the CPU in float32. */
export const kernels: Stage = async (_input, report) => {
  const cpu = await openFfiRuntime({ threads: 4, reasons: [] });
  const gpu = await openFfiRuntime({ threads: 4, reasons: [], openDevice: (environment) => WebgpuDevice.open(environment) });
  for (const rows of rowCounts) {
    const checks = await checkKernels(gpu, cpu, projectionCases(undefined, rows, { depth: 1536, columns: 1024 }));
    report(
      `${rows} rows`,
      Object.fromEntries(checks.map(({ name, values, error, failure }) => [`${name}, ${values}`, failure ?? Number(error.toPrecision(2))])),
    );
  }
  await gpu.dispose();
  await cpu.dispose();
};
