import { toRecord, toText } from './read-values.ts';

/** Answer of `GET /v1/models`. */
export interface ModelList {
  readonly object: 'list';
  readonly data: readonly {
    readonly id: string;
    readonly object: 'model';
    /** Seconds since 1970. */
    readonly created: number;
    readonly owned_by: string;
  }[];
}

/** The ids in the body of `GET /v1/models`; undefined when the body is something else. */
export function readModelIds(body: unknown): readonly string[] | undefined {
  const data = toRecord(body)?.data;
  if (!Array.isArray(data)) return undefined;
  return data.map((entry) => toText(toRecord(entry)?.id)).filter((id) => id !== undefined);
}
