import type { OutputIssue, VisionErrorCode } from '@h2ovl/contract';
import type { ConstraintProfile } from '../../constraints/limits.ts';
import type { PackedHead, PackedPart } from '../../constraints/packed/packed-schema.ts';
import type { SchemaRefusal } from '../../constraints/schema/refusals.ts';
import type { JsonSchema } from '../copy-schema.ts';

/** To the thread, one at a time. */
export type ToSchemaThread =
  | { readonly type: 'compile'; readonly schema: JsonSchema; readonly profile: ConstraintProfile }
  /** The next part of what was compiled. */
  | { readonly type: 'next' }
  /** Whether the schema is a valid one. */
  | { readonly type: 'validate'; readonly schema: JsonSchema }
  /** Makes the checker of a schema ready; `key` is the same for equal schemas. */
  | { readonly type: 'prepare'; readonly key: string; readonly schema: JsonSchema }
  /** With a checker that was made ready. */
  | { readonly type: 'check'; readonly key: string; readonly value: unknown };

/** What each of them is answered with. */
export interface ThreadAnswers {
  readonly compile: PackedHead;
  /** Undefined after the last one. */
  readonly next: PackedPart | undefined;
  readonly validate: undefined;
  readonly prepare: undefined;
  /** Undefined where no checker is ready for the key. */
  readonly check: readonly OutputIssue[] | undefined;
}

export type FromSchemaThread =
  /** `threadId` is what the system calls the thread, where that is told. */
  | { readonly type: 'ready'; readonly threadId: string | undefined }
  | { readonly type: 'answer'; readonly value: ThreadAnswers[keyof ThreadAnswers] }
  | { readonly type: 'refused'; readonly refusals: readonly SchemaRefusal[] }
  | { readonly type: 'failed'; readonly code: VisionErrorCode; readonly message: string; readonly hint: string | undefined };
