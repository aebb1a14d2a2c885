import type { GpuChoice, TriedDevice } from './device-facts.ts';
import { readRecord, writeRecord } from './device-record.ts';
import { driverIdentity } from './driver-identity.ts';
import { type TryOptions, tryDevice } from './try-device.ts';

/** What is known of the GPU, and whether it was found out just now. */
export interface KnownDevice extends TriedDevice {
  readonly isNew: boolean;
}

export interface KnowOptions extends TryOptions {
  /** Tries again, whatever is remembered. */
  readonly reprobe?: boolean;
  /** Called before the GPU is tried, which takes seconds. */
  readonly onTry?: (() => void) | undefined;
}

/**
 * What is remembered of the GPU for this machine, driver and version, or what trying it shows, which is then remembered. A sentence where it could not be tried
 * because this process may start no other.
 * @throws `signal.reason`
 */
export async function knowDevice({ reprobe = false, onTry, ...options }: KnowOptions): Promise<KnownDevice | string> {
  const identity = driverIdentity(options.choice);
  const remembered = reprobe ? undefined : await readRecord(identity, options.depth);
  if (remembered !== undefined) return { ...remembered, isNew: false };
  onTry?.();
  try {
    const tried = await tryDevice(options);
    await writeRecord(identity, tried);
    return { ...tried, isNew: true };
  } catch (error) {
    options.signal?.throwIfAborted();
    const message = error instanceof Error ? error.message : String(error);
    return `The GPU's driver could not be tried in a process of its own: ${message.replace(/\.$/, '')}.`;
  }
}

/** Remembers that a device which was tried and found right failed here. */
export async function refuseDevice(choice: GpuChoice, tried: TriedDevice, reason: string): Promise<void> {
  await writeRecord(driverIdentity(choice), { ...tried, state: 'wrong', reason, triedAt: new Date().toISOString() });
}
