import { VisionError, type VisionErrorOptions } from '@h2ovl/contract';

/**
 * What a device ends work with that it could not do: a run that failed, memory it does not have, numbers that broke down. Its code is SESSION_FAILED, which
 * failures have too that no device has a part in; only after this one is it worth asking another device.
 */
export class DeviceError extends VisionError {
  /** Set where the vision part failed: it may have a device of its own. */
  isOfVision = false;

  constructor(message: string, options: VisionErrorOptions) {
    super('SESSION_FAILED', message, options);
  }
}

/** Numbers that broke down: they went through the devices of all parts, and which of these broke them does not show. */
export class BrokenNumbersError extends DeviceError {}
