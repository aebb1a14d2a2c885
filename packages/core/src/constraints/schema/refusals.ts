import { VisionError } from '@h2ovl/contract';

/** Something in a schema that cannot be enforced while decoding. */
export interface SchemaRefusal {
  /** The keyword, or undefined where the fault is none of one keyword. */
  readonly keyword: string | undefined;
  /** JSON pointer to the schema that holds it, `#` for the root. */
  readonly pointer: string;
  /** The rest of a sentence: "cannot be enforced while decoding". */
  readonly reason: string;
}

/** The schema cannot be enforced. Its code is `SCHEMA_UNSUPPORTED`, and `refusals` name each keyword and place. */
export class SchemaRefusedError extends VisionError {
  readonly refusals: readonly SchemaRefusal[];

  constructor(refusals: readonly SchemaRefusal[]) {
    const [first, ...others] = refusals;
    const named =
      first === undefined ? 'it' : `${first.keyword === undefined ? '' : `"${first.keyword}" at `}${first.pointer} ${first.reason}`;
    super('SCHEMA_UNSUPPORTED', `The schema cannot be enforced: ${named}${others.length > 0 ? ` (and ${others.length} more)` : ''}.`, {
      hint: 'Leave it out, say it in another way, or ask for the check after the answer.',
    });
    this.name = 'SchemaRefusedError';
    this.refusals = refusals;
  }
}

export function refuse(pointer: string, keyword: string | undefined, reason: string): never {
  throw new SchemaRefusedError([{ keyword, pointer, reason }]);
}
