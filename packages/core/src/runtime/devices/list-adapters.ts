import type { KoffiModule } from '../ffi/ort-library.ts';
import type { Adapter } from './device-facts.ts';

/** The adapters, or why there are none. */
export type AdapterList = { readonly adapters: readonly Adapter[] } | { readonly missing: string };

const instanceCreateInfo = 1; // VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO
const instanceBytes = 64;
const propertiesBytes = 1024; // VkPhysicalDeviceProperties has 824
const memoryBytes = 1024; // VkPhysicalDeviceMemoryProperties has 520
const heapsOffset = 264;
const heapBytes = 16;
const isDeviceLocal = 1;
const nameOffset = 20;
const nameBytes = 256;
const maxAdapters = 64;

const kinds: readonly Adapter['kind'][] = ['other', 'integrated', 'discrete', 'virtual', 'software'];

/**
 * The adapters that Vulkan drivers offer. Every call goes into drivers, which may crash or never return: to be called in a process that may end.
 * Undefined where the provider does not compute through Vulkan (Windows, macOS), and adapters are known to the system alone.
 */
export function listAdapters(koffi: KoffiModule, platform: NodeJS.Platform = process.platform): AdapterList | undefined {
  if (platform !== 'linux') return undefined;
  let vulkan: ReturnType<KoffiModule['load']>;
  try {
    vulkan = koffi.load('libvulkan.so.1');
  } catch {
    return { missing: 'The Vulkan loader libvulkan.so.1 is not installed' };
  }
  const createInstance = vulkan.func('vkCreateInstance', 'int', ['void *', 'void *', '_Out_ void **']);
  const enumerate = vulkan.func('vkEnumeratePhysicalDevices', 'int', ['void *', 'void *', 'void *']);
  const readProperties = vulkan.func('vkGetPhysicalDeviceProperties', 'void', ['void *', 'void *']);
  const readMemory = vulkan.func('vkGetPhysicalDeviceMemoryProperties', 'void', ['void *', 'void *']);
  const destroyInstance = vulkan.func('vkDestroyInstance', 'void', ['void *', 'void *']);

  const info = Buffer.alloc(instanceBytes);
  info.writeUInt32LE(instanceCreateInfo, 0);
  const instanceCell: [unknown] = [null];
  const failure = createInstance(info, null, instanceCell) as number;
  if (failure !== 0) return { missing: `No Vulkan driver could be opened (error ${failure})` };
  const [instance] = instanceCell;
  try {
    const count = Buffer.alloc(4);
    count.writeUInt32LE(maxAdapters);
    const devices = new BigUint64Array(maxAdapters);
    const listFailure = enumerate(instance, count, devices) as number;
    if (listFailure < 0) return { missing: `The Vulkan driver lists no adapters (error ${listFailure})` };
    const found = [...devices.subarray(0, count.readUInt32LE())];
    if (found.length === 0) return { missing: 'The Vulkan drivers know no adapter' };
    return { adapters: found.map((device) => describeAdapter(device)) };
  } finally {
    destroyInstance(instance, null);
  }

  function describeAdapter(device: bigint): Adapter {
    const properties = Buffer.alloc(propertiesBytes);
    readProperties(device, properties);
    const memory = Buffer.alloc(memoryBytes);
    readMemory(device, memory);
    const name = properties.subarray(nameOffset, nameOffset + nameBytes);
    const kind = kinds[properties.readUInt32LE(16)] ?? 'other';
    return {
      name: name.subarray(0, name.indexOf(0)).toString('utf8'),
      kind,
      memoryBytes: deviceMemory(memory, kind),
      driverVersion: properties.readUInt32LE(4).toString(16),
    };
  }
}

/** The largest heap that the adapter calls its own; of one without memory of its own, the largest of all. */
function deviceMemory(memory: Buffer, kind: Adapter['kind']): number {
  let largest = 0;
  for (let heap = 0; heap < memory.readUInt32LE(heapsOffset - 4); heap += 1) {
    const at = heapsOffset + heap * heapBytes;
    const isOwn = (memory.readUInt32LE(at + 8) & isDeviceLocal) !== 0;
    if (isOwn || kind !== 'discrete') largest = Math.max(largest, Number(memory.readBigUInt64LE(at)));
  }
  return largest;
}
