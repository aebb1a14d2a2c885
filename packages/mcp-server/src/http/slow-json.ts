export interface SlowJsonOptions {
  /** The value to send. Its rejection becomes `onError`'s response while the status is open, and `onLateError`'s business afterwards. */
  readonly result: Promise<unknown>;
  readonly onError: (error: unknown) => Response;
  /** Called when the work fails after its status was sent; returns whether it has ended the connection. Otherwise the body ends with an error. */
  readonly onLateError: (error: unknown) => Promise<boolean>;
  /** Called when the client goes away after the headers. */
  readonly onCancel: () => void;
  /** Milliseconds for which the status is kept open. */
  readonly statusAfterMs: number;
  /** Milliseconds between signs of life after that. @default 15000 */
  readonly heartbeatMs?: number | undefined;
}

/**
 * A JSON answer that may take minutes. Within `statusAfterMs` it is an ordinary response with its right status. After that the headers go out as 200
 * and a space follows every few seconds (JSON allows white space in front), because proxies and clients give up on silence.
 * A failure later than that never looks like an answer: its body is cut.
 */
export async function slowJson(options: SlowJsonOptions): Promise<Response> {
  const { result, onError, statusAfterMs } = options;
  let timer: NodeJS.Timeout | undefined;
  const isLate = await Promise.race([
    result.then(
      () => false,
      () => false,
    ),
    new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(true), statusAfterMs);
    }),
  ]);
  clearTimeout(timer);
  if (!isLate) {
    return result.then(
      (value) => Response.json(value),
      (error: unknown) => onError(error),
    );
  }
  // A proxy that gathers an answer before it passes it on would be as silent as no answer.
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no' };
  return new Response(trickle(options), { headers });
}

function trickle({ result, onLateError, onCancel, heartbeatMs = 15_000 }: SlowJsonOptions): ReadableStream<Uint8Array> {
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
      const finish = (value: unknown): void => {
        clearInterval(heartbeat);
        write(JSON.stringify(value));
        if (isOpen) controller.close();
        isOpen = false;
      };
      const cut = async (error: unknown): Promise<void> => {
        clearInterval(heartbeat);
        const hasEnded = await onLateError(error);
        if (isOpen && !hasEnded) controller.error(new Error('The work failed after its status was sent.'));
        isOpen = false;
      };
      void result.then(finish, cut);
    },
    cancel() {
      isOpen = false;
      clearInterval(heartbeat);
      onCancel();
    },
  });
}
