import { ServerError } from '../errors.ts';

/**
 * The body as UTF-8 text, counted while it arrives: a body over the limit is refused at its first byte too many (or at its declared length).
 * @throws BODY_TOO_LARGE, INVALID_ARGUMENT for bytes that are not UTF-8
 */
export async function readBody(request: Request, maxBytes: number): Promise<string> {
  const declared = Number(request.headers.get('content-length') ?? '0');
  if (declared > maxBytes) throw tooLarge(`${declared}`, maxBytes);
  if (request.body === null) return '';
  const reader = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > maxBytes) {
      // The rest is left unread: the server drains a little of it and then closes the connection.
      reader.releaseLock();
      throw tooLarge(`more than ${maxBytes}`, maxBytes);
    }
    chunks.push(value);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks, length));
  } catch (error) {
    throw new ServerError('INVALID_ARGUMENT', 'The body is not UTF-8.', { cause: error });
  }
}

function tooLarge(size: string, maxBytes: number): ServerError {
  return new ServerError('BODY_TOO_LARGE', `The body has ${size} bytes; at most ${maxBytes} are read.`, {
    hint: 'Send fewer or more compressed images.',
  });
}
