import type { BodyFiles } from '../bodies/json-files.ts';

/** Where the one long string of a tool's arguments stands in a request, and in a batch of them. */
export const sourcePaths: ReadonlySet<string> = new Set(['params.arguments.source', '*.params.arguments.source']);

/** Files that came within MCP requests and were decoded while these arrived, by what stands in their place, until the requests are answered. */
export class SentFiles {
  readonly #files = new Map<string, Uint8Array | undefined>();

  /** Whether something stands for a string that was taken out, be it a file or not. */
  has(mark: string): boolean {
    return this.#files.has(mark);
  }

  /** Undefined for what is no mark, and for what was not base64. */
  get(mark: string): Uint8Array | undefined {
    return this.#files.get(mark);
  }

  /** Keeps files; what it returns forgets them. */
  keep(files: BodyFiles): () => void {
    for (const [mark, file] of files) this.#files.set(mark, file);
    return () => {
      for (const mark of files.keys()) this.#files.delete(mark);
    };
  }
}

/** The same response; `then` is called once its body has been read to its end, or is given up. */
export function afterResponse(response: Response, then: () => void): Response {
  const { body, status, statusText, headers } = response;
  if (body === null) {
    then();
    return response;
  }
  const reader = body.getReader();
  const watched = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      try {
        const { done, value } = await reader.read();
        if (!done) {
          controller.enqueue(value);
          return;
        }
        then();
        controller.close();
      } catch (error) {
        then();
        controller.error(error);
      }
    },
    cancel: async (reason) => {
      then();
      await reader.cancel(reason);
    },
  });
  return new Response(watched, { status, statusText, headers });
}
