import { SseDecoder, type WireDocumentAnswer, type WireDocumentEvent } from '@h2ovl/contract/wire';

/** One event of a stream of documents, an error envelope, or the mark of the end. */
export type RawEvent = WireDocumentEvent | { readonly error: { readonly code: string; readonly message: string } } | '[DONE]';

/** The events of a response as they arrive. */
export async function* readEvents(response: Response): AsyncGenerator<RawEvent, void> {
  const decoder = new SseDecoder();
  const text = new TextDecoder();
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    for (const { data } of decoder.push(text.decode(chunk, { stream: true }))) {
      yield data === '[DONE]' ? data : (JSON.parse(data) as RawEvent);
    }
  }
}

export async function collectEvents(response: Response): Promise<RawEvent[]> {
  const events: RawEvent[] = [];
  for await (const event of readEvents(response)) events.push(event);
  return events;
}

/** A request for a document as a form. */
export function postForm(
  url: string,
  file: Uint8Array | undefined,
  fields: Readonly<Record<string, string>> = {},
  signal?: AbortSignal,
): Promise<Response> {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  if (file !== undefined) body.append('document', new Blob([Uint8Array.from(file)]), 'a.pdf');
  return fetch(url, { method: 'POST', body, ...(signal && { signal }) });
}

/** A request for a document as JSON. */
export function postJson(url: string, body: unknown): Promise<Response> {
  return fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
}

export async function answerOf(response: Response): Promise<WireDocumentAnswer & { readonly error?: Readonly<Record<string, unknown>> }> {
  return (await response.json()) as WireDocumentAnswer;
}
