import { readFileSync } from 'node:fs';
import { type Fields, fieldsToJsonSchema, readSchema, VisionError } from '@h2ovl/contract';
import { UsageError } from '../usage-error.ts';

type Schema = Readonly<Record<string, unknown>>;

/** The JSON Schema in a file, or that of a short form. */
export function readSchemaFile(path: string): Schema {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`The schema file ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  return orUsageError(`${path}: `, () => readSchema(text)['~standard'].jsonSchema.input({ target: 'draft-2020-12' }));
}

/** `company,date:date,total:number`: a name alone is a text. */
export function schemaOfFields(list: string): Schema {
  const entries = list.split(',').map((part) => part.trim());
  const fields: Record<string, string> = {};
  for (const entry of entries) {
    const [name = '', type = 'string', ...more] = entry.split(':').map((word) => word.trim());
    if (name === '' || type === '' || more.length > 0 || Object.hasOwn(fields, name)) {
      throw new UsageError(
        `--fields has "${entry}"; it takes names that differ, each with a type if it is not text: total:number,date:date`,
      );
    }
    fields[name] = type;
  }
  return orUsageError('--fields: ', () => fieldsToJsonSchema(fields as Fields));
}

function orUsageError<T>(prefix: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (VisionError.isInstance(error)) throw new UsageError(`${prefix}${error.message} ${error.hint ?? ''}`.trim());
    throw error;
  }
}
