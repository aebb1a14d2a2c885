export interface SlowJsonOptions {
  /** The value to send. Its rejection becomes `onError`'s response, or its body when the status is already out. */
  readonly result: Promise<unknown>;
  readonly onError: (error: unknown) => Response;
  /** Called when the client goes away after the headers. */
  readonly onCancel: () => void;
  /** Milliseconds for which the status is kept open. @default 30000 */
  readonly patienceMs?: number;
  /** Milliseconds between signs of life after that. @default 15000 */
  readonly heartbeatMs?: number;
}

/**
 * A JSON answer that may take minutes. Within `patienceMs` it is an ordinary response with its right status. After that the headers go out as 200
 * and a space follows every few seconds (JSON allows white space in front), because clients give up on silence: Node's fetch after 300 s, proxies after 60.
 * The price: a failure later than that arrives as the error envelope in a 200. Who needs the status, or the text as it comes, asks for a stream.
 */
export async function slowJson({
  result,
  onError,
  onCancel,
  patienceMs = 30_000,
  heartbeatMs = 15_000,
}: SlowJsonOptions): Promise<Response> {
  let timer: NodeJS.Timeout | undefined;
  const isLate = await Promise.race([
    result.then(
      () => false,
      () => false,
    ),
    new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(true), patienceMs);
    }),
  ]);
  clearTimeout(timer);
  if (!isLate) {
    return result.then(
      (value) => Response.json(value),
      (error: unknown) => onError(error),
    );
  }
  return new Response(trickle(result, onError, onCancel, heartbeatMs), { headers: { 'content-type': 'application/json' } });
}

function trickle(
  result: Promise<unknown>,
  onError: (error: unknown) => Response,
  onCancel: () => void,
  heartbeatMs: number,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let heartbeat: NodeJS.Timeout | undefined;
  let isOpen = true;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const write = (text: string): void => {
        if (isOpen) controller.enqueue(encoder.encode(text));
      };
      write(' ');
      heartbeat = setInterval(() => write(' '), heartbeatMs);
      const end = (text: string): void => {
        clearInterval(heartbeat);
        write(text);
        if (isOpen) controller.close();
        isOpen = false;
      };
      void result.then(
        (value) => end(JSON.stringify(value)),
        async (error: unknown) => end(await onError(error).text()),
      );
    },
    cancel() {
      isOpen = false;
      clearInterval(heartbeat);
      onCancel();
    },
  });
}
