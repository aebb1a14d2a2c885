import { existsSync } from 'node:fs';

const debianDriver = '/usr/lib/chromium/vk_swiftshader_icd.json';
/** The driver file of SwiftShader, a Vulkan device in software, where Debian's chromium-common puts it; undefined where it is not. */
export const swiftShader: string | undefined = existsSync(debianDriver) ? debianDriver : undefined;

/**
 * Makes a Vulkan device in software the one that is found, for the process that calls this before anything else opens a GPU; false where there is none.
 * A driver that the environment names already is left alone.
 */
export function useSoftwareVulkan(): boolean {
  const driver = process.env.VK_DRIVER_FILES ?? swiftShader;
  if (driver === undefined) {
    console.error(
      '\n*** NOT RUN: the tests on WebGPU. They need a Vulkan device: apt-get install chromium-common libvulkan1 brings one in software. ***\n',
    );
    return false;
  }
  process.env.VK_DRIVER_FILES = driver;
  process.env.VK_ICD_FILENAMES = driver; // what older loaders read
  process.env.XDG_RUNTIME_DIR ??= '/tmp';
  return true;
}
