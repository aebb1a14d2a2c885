import { nameParam } from '@h2ovl/contract';

/** Does what only a schema can make fail, so that an error names the schema as the option at fault. */
export function asSchemaFault<R>(work: () => R): R {
  try {
    return work();
  } catch (error) {
    throw nameParam(error, 'schema');
  }
}
