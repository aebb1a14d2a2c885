import { OutputInvalidError, type PageError, VisionError, type VisionErrorCode } from '@h2ovl/contract';

/** The failure of a page as an error like any other. */
export function asError({ code, message, hint, output }: PageError): VisionError {
  if (output !== undefined) return new OutputInvalidError(message, output, { ...(hint !== undefined && { hint }) });
  return new VisionError(code as VisionErrorCode, message, { ...(hint !== undefined && { hint }) });
}
