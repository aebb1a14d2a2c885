import { VisionError } from '@h2ovl/contract';

/** What is told of a schema that is no valid one. `reason` is a sentence. */
export function invalidSchema(reason: string, cause?: unknown): VisionError {
  return new VisionError('INVALID_ARGUMENT', `The schema cannot be used: ${reason}`, {
    param: 'schema',
    hint: 'Correct the JSON Schema; references must lead to its own $defs, and patterns must not backtrack without bound.',
    cause,
  });
}
