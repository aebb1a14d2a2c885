import { expect, it } from 'vitest';
import { loadModel } from '../../src/answer/load-model.ts';
import { chooseDevice } from '../../src/runtime/choose-device.ts';
import { openFfiRuntime } from '../../src/runtime/ffi/ffi-runtime.ts';
import { WebgpuDevice } from '../../src/runtime/ffi/webgpu/webgpu-device.ts';

// Before anything opens a GPU in this process, which is this file's own.
process.env.VK_DRIVER_FILES = '/nowhere/driver.json';
process.env.VK_ICD_FILENAMES = '/nowhere/driver.json';

it.runIf(process.platform === 'linux')('says that there is no GPU where the driver file points nowhere', async () => {
  const fault = { code: 'RUNTIME_UNAVAILABLE', hint: expect.stringContaining("'cpu'") };
  await expect(chooseDevice({ device: 'webgpu' })).rejects.toMatchObject(fault);
  await expect(loadModel('nano', { device: 'webgpu' })).rejects.toMatchObject(fault);
  const { runtime, reasons } = await chooseDevice();
  expect(reasons[0]).toContain('No Vulkan driver');
  expect(runtime.info.executionProvider).toBe('cpu');
  await runtime.dispose();
});

it.runIf(process.platform === 'linux')(
  'a device that does not open says what failed; what that means is said by who asked for it',
  async () => {
    const opening = openFfiRuntime({
      threads: 1,
      reasons: [],
      openDevice: (environment) => WebgpuDevice.open(environment, 'high-performance'),
    });
    await expect(opening).rejects.toMatchObject({
      code: 'RUNTIME_UNAVAILABLE',
      message: expect.stringMatching(/^The GPU could not be opened: /),
    });
  },
);
