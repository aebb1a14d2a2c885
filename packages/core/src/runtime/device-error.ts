import { VisionError, type VisionErrorOptions } from '@h2ovl/contract';

/**
 * What a device ends work with that it could not do: a run that failed, memory it does not have, numbers that broke down. Its code is SESSION_FAILED, which
 * failures have too that no device has a part in; only after this one is it worth asking another device.
 */
export class DeviceError extends VisionError {
  constructor(message: string, options: VisionErrorOptions) {
    super('SESSION_FAILED', message, options);
  }
}
