import { gpuChoice } from '../runtime/devices/device-facts.ts';
import { readRecord } from '../runtime/devices/device-record.ts';
import { driverIdentity, listDriverFiles } from '../runtime/devices/driver-identity.ts';
import { judgeDevice } from '../runtime/devices/judge-device.ts';
import { type Finding, ok, warning } from './finding.ts';

const topic = 'graphics';

/** What is known of the GPU: what was found when it was tried, or that it was not. Nothing is tried here, since a driver may hang. */
export async function inspectGraphics({ home }: { readonly home: string }): Promise<Finding> {
  try {
    const choice = gpuChoice();
    const tried = (await readRecord(driverIdentity(choice), 'auto', home)) ?? (await readRecord(driverIdentity(choice), 'opened', home));
    if (tried === undefined) return ok(topic, describeUntried());
    const { why, isFault } = judgeDevice(tried);
    const name = tried.adapter === undefined ? '' : `${tried.adapter.name} (${tried.adapter.kind}). `;
    const message = `${name}${why} Tried on ${tried.triedAt.slice(0, 10)}.`;
    return isFault ? warning(topic, message, 'Update the driver of the GPU; models run on the CPU meanwhile.') : ok(topic, message);
  } catch (error) {
    return warning(topic, error instanceof Error ? error.message : String(error), "Set H2OVL_GPU to 'high-performance' or 'low-power'.");
  }
}

function describeUntried(): string {
  const drivers = listDriverFiles();
  if (drivers?.length === 0) return 'No Vulkan driver is installed; the CPU computes.';
  const known = drivers === undefined ? '' : ` Vulkan drivers that are installed: ${drivers.length}.`;
  return `The GPU was not tried yet; a larger model tries it when it is first loaded, and so does: h2ovl info --probe.${known}`;
}
