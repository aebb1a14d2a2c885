import { readFileSync } from 'node:fs';
import { describeSystemError, fieldsToJsonSchema, readFieldList, readSchema, VisionError } from '@h2ovl/contract';
import { UsageError } from '../usage-error.ts';

type Schema = Readonly<Record<string, unknown>>;

/** The JSON Schema in a file, or that of a short form. */
export function readSchemaFile(path: string): Schema {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`The schema file ${path} cannot be read: ${describeSystemError(error)}.`);
  }
  return orUsageError(`${path}: `, () => readSchema(text)['~standard'].jsonSchema.input({ target: 'draft-2020-12' }));
}

/** `company,date:date,total:number`: a name alone is a text. */
export function schemaOfFields(list: string): Schema {
  return orUsageError('--fields: ', () => fieldsToJsonSchema(readFieldList(list)));
}

function orUsageError<T>(prefix: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (VisionError.isInstance(error)) throw new UsageError(`${prefix}${error.message} ${error.hint ?? ''}`.trim());
    throw error;
  }
}
