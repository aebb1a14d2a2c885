import { VisionError } from '@h2ovl/contract';

/** What a connection may be opened for. There is nothing else. */
export type NetworkUse = 'download a model' | 'fetch an image';

/** Proof that the network was asked for and is not switched off. Only `allowNetwork` makes one, and every function that connects takes one. */
export interface NetworkPermit {
  readonly use: NetworkUse;
}

const permits = new WeakSet<NetworkPermit>();
let isForbidden = false;

/** Switches the network off for the rest of this process: everything that would connect is refused. It cannot be switched on again. */
export function forbidNetwork(): void {
  isForbidden = true;
}

/** Whether `forbidNetwork` was called, or `H2OVL_OFFLINE` is set to anything but 0, false, no or nothing. */
export function isNetworkForbidden(env: Readonly<Record<string, string | undefined>> = process.env): boolean {
  return isForbidden || !/^(|0|false|no|off)$/i.test((env.H2OVL_OFFLINE ?? '').trim());
}

/**
 * Asks for the network, for one use, because the caller's user asked for it.
 * @throws VisionError NETWORK_FORBIDDEN when it is switched off
 */
export function allowNetwork(use: NetworkUse, env: Readonly<Record<string, string | undefined>> = process.env): NetworkPermit {
  if (isNetworkForbidden(env)) {
    throw new VisionError('NETWORK_FORBIDDEN', `The network is switched off, so nothing can ${use}.`, {
      hint: 'Start again without the offline setting (H2OVL_OFFLINE), or bring the file to this machine another way.',
    });
  }
  const permit: NetworkPermit = Object.freeze({ use });
  permits.add(permit);
  return permit;
}

/** Holds a function that connects to its permit: a made-up one is refused, and so is one from before the network was switched off. */
export function checkPermit(permit: NetworkPermit, use: NetworkUse): void {
  if (permits.has(permit) && permit.use === use && !isForbidden) return;
  throw new VisionError('NETWORK_FORBIDDEN', `Nothing here has permission to ${use}.`, {
    hint: 'Start again without the offline setting, or bring the file to this machine another way.',
  });
}
