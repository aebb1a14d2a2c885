import { isStandardInput } from '../inputs/find-inputs.ts';
import { UsageError } from '../usage-error.ts';

/** Refuses names that cannot all be read. @throws UsageError */
export function checkFiles(files: readonly string[]): void {
  if (files.filter(isStandardInput).length > 1) throw new UsageError('Standard input (-) can be read only once.');
}
