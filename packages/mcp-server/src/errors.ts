import { ServerError, VisionError } from '@h2ovl/contract';

/** Turns anything caught into what a client may be told: known failures as they are, others without their details. */
export function toVisionError(error: unknown): VisionError {
  if (VisionError.isInstance(error)) return error;
  return new ServerError('INTERNAL', 'The server failed in a way it did not expect.', { hint: 'Its log on stderr says where.' });
}

/** After how many seconds another try makes sense, for a header or a sentence; undefined when that is not known. */
export function retryAfterSeconds(error: VisionError): number | undefined {
  const { retryAfterMs } = error as { readonly retryAfterMs?: unknown }; // of a BusyError, of this or another copy of the contract
  return typeof retryAfterMs === 'number' ? Math.ceil(retryAfterMs / 1000) : undefined;
}
