import { APIError, type OperationName, VisionError } from '@h2ovl/contract';
import { documentPartName, readFormFields, type WireOptionValues } from '@h2ovl/contract/wire';
import type { BodyFiles } from '../../bodies/json-files.ts';
import { type BodyBudget, readBody } from '../../bodies/read-body.ts';
import { readForm } from '../../bodies/read-form.ts';
import { maxFileBytes } from '../../files/limits.ts';
import { readBase64 } from '../../files/parse-source.ts';
import { cleanName } from '../clean-name.ts';
import { isJson, parseJson } from '../read-chat.ts';
import { type ParsedDocumentRequest, parseDocumentOptions } from './document-schema.ts';

export interface ReadDocumentRequestOptions {
  /** Largest JSON body in bytes. */
  readonly maxBodyBytes: number;
  /** Largest form in bytes. @default the largest file that is read, and room for options */
  readonly maxFormBytes?: number | undefined;
  /** What all bodies together may hold. */
  readonly bodies: BodyBudget;
}

const defaultMaxFormBytes = maxFileBytes + 4_000_000;

/** Where a body of JSON carries the document. */
const filePaths = new Set(['document.data']);

/** A checked request for a document. */
export interface HeldDocument extends ParsedDocumentRequest {
  readonly bytes: Uint8Array;
  /** What to call it in messages. Written by others: quote it, never trust it. */
  readonly name: string;
  readonly digest: string;
  readonly receivedAt: number;
  readonly release: () => void;
}

/**
 * The body of a request as a document and its options: a form, or JSON.
 * @throws UNSUPPORTED_MEDIA_TYPE, BODY_TOO_LARGE, QUEUE_FULL, INVALID_ARGUMENT with `param`
 */
export async function readDocumentRequest(
  request: Request,
  operation: OperationName,
  { maxBodyBytes, maxFormBytes = defaultMaxFormBytes, bodies }: ReadDocumentRequestOptions,
): Promise<HeldDocument> {
  const type = request.headers.get('content-type') ?? '';
  if (isJson(type)) {
    const { text, files, ...held } = await readBody(request, { maxBytes: maxBodyBytes, budget: bodies, filePaths });
    return parse(held, operation, () => readJsonParts(text, files));
  }
  if (/^multipart\/form-data\s*(?:;|$)/i.test(type)) {
    const { fields, file, ...held } = await readForm(request, documentPartName, maxFormBytes, bodies);
    return parse(held, operation, () => ({ document: file, values: readFormFields(fields) }));
  }
  throw new APIError(
    'UNSUPPORTED_MEDIA_TYPE',
    `The body is ${JSON.stringify(type.slice(0, 100))}; multipart/form-data and application/json are read.`,
    {
      hint: `Send the document as a form: curl -F ${documentPartName}=@file.pdf …`,
    },
  );
}

interface Parts {
  readonly document: { readonly name: string; readonly bytes: Uint8Array } | undefined;
  readonly values: WireOptionValues;
}

type Held = Pick<HeldDocument, 'digest' | 'receivedAt' | 'release'>;

function parse(held: Held, operation: OperationName, read: () => Parts): HeldDocument {
  try {
    const { document, values } = read();
    const parsed = parseDocumentOptions(operation, values);
    if (document === undefined) {
      throw new VisionError('INVALID_ARGUMENT', 'There is no document.', {
        param: documentPartName,
        hint: `Send the file as the part ${documentPartName} of a form, or as "document": {"data": "<base64>"} in JSON.`,
      });
    }
    return { ...parsed, ...held, bytes: document.bytes, name: cleanName(document.name) };
  } catch (error) {
    held.release();
    throw error;
  }
}

function readJsonParts(text: string, files: BodyFiles): Parts {
  const body = parseJson(text);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new VisionError('INVALID_ARGUMENT', 'The body is no JSON object.', { hint: 'Send {"document": {"data": "<base64>"}, …}.' });
  }
  const { document, ...values } = body as Readonly<Record<string, unknown>>;
  if (document === undefined || document === null) return { document: undefined, values };
  const { data, name = '' } = document as { readonly data?: unknown; readonly name?: unknown };
  if (typeof data !== 'string' || typeof name !== 'string') {
    const param = typeof data === 'string' ? 'document.name' : 'document.data';
    throw new VisionError('INVALID_ARGUMENT', `\`${param}\` is no text.`, {
      param,
      hint: 'Write the document as {"data": "<base64>", "name": "file.pdf"}.',
    });
  }
  return { document: { name, bytes: readBase64(data, 'document.data', files) }, values };
}
