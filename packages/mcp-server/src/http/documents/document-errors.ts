import { type PageError, VisionError } from '@h2ovl/contract';
import { type AnyPageResult, documentOptionNames, documentPartName } from '@h2ovl/contract/wire';
import { type Rewording, tell } from '../../tell.ts';

/** What the library says in the words of a program in the same process. */
const hints: Readonly<Partial<Record<string, string>>> = {
  IMAGE_TOO_LARGE: 'Save it smaller (JPEG, or fewer pixels).',
};

/** What is at fault where the library does not say it: it knows no request. */
const faults: Readonly<Partial<Record<string, string>>> = {
  DOCUMENT_ENCRYPTED: 'password',
  DOCUMENT_TOO_LARGE: documentPartName,
  DOCUMENT_UNREADABLE: documentPartName,
  IMAGE_TOO_LARGE: documentPartName,
  IMAGE_UNREADABLE: documentPartName,
  IMAGE_UNSUPPORTED: documentPartName,
};

/** Names of options that HTTP spells in another way. Among them are some that only who opens a document has elsewhere. */
const rewordings: readonly Rewording[] = Object.entries(documentOptionNames)
  .filter(([name, wire]) => name !== wire)
  .map(([name, wire]) => [new RegExp(`\\b${name}\\b`, 'g'), wire]);

/** A sentence of the library with the names that options have over HTTP. */
function translate(sentence: string): string {
  return tell(sentence, {}, rewordings);
}

/** An error of the library in the words of a request. Others come back as they are. */
export function toDocumentError(error: unknown): unknown {
  if (!VisionError.isInstance(error)) return error;
  const { code, hint, message, param = faults[code] } = error;
  return Object.assign(error, {
    message: translate(message),
    hint: hints[code] ?? (hint === undefined ? undefined : translate(hint)),
    param: param === undefined ? undefined : translate(param),
  }); // class, stack and cause stay
}

/** A page's result in the words of a request. */
export function toWireResult<R extends AnyPageResult>(result: R): R {
  const warnings = result.warnings.map(translate);
  const { error } = result;
  if (error === undefined) return { ...result, warnings };
  const hint = hints[error.code] ?? (error.hint === undefined ? undefined : translate(error.hint));
  const translated: PageError = { ...error, message: translate(error.message), ...(hint !== undefined && { hint }) };
  return { ...result, warnings, error: translated };
}
