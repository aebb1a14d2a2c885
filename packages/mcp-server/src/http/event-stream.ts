import { type ErrorEnvelope, streamEndMark } from '@h2ovl/contract/wire';

export interface EventStreamOptions {
  /** Makes the events. What it throws before the first of them is thrown by `eventStream`; later it is the last event. */
  readonly run: (sink: EventSink) => Promise<void>;
  /** Called when the client goes away. */
  readonly onCancel: () => void;
  readonly describeError: (error: unknown) => ErrorEnvelope;
  /** Milliseconds for which the status waits for the first event. */
  readonly statusAfterMs: number;
  /** Milliseconds of silence after which a comment line is sent. @default 15000 */
  readonly heartbeatMs?: number | undefined;
}

/** Where events go. */
export interface EventSink {
  readonly send: (event: object) => void;
  /** Settled when the client has taken enough of what was sent for more to be made, or has gone; undefined when it is not behind. */
  readonly behind: () => Promise<void> | undefined;
}

/** Bytes that may wait for a client that reads slowly: thousands of pages of text. */
const maxWaitingBytes = 16_000_000;

/**
 * Server-sent events. Nothing is sent before the first event is there, or the time of the status is up: until then a failure is a response with a status of
 * its own. After the last event comes `[DONE]`; a failure later than the first event is an error envelope, and the stream ends there.
 */
export async function eventStream(options: EventStreamOptions): Promise<Response> {
  const { run, onCancel, describeError, statusAfterMs, heartbeatMs = 15_000 } = options;
  const encoder = new TextEncoder();
  let heartbeat: NodeJS.Timeout | undefined;
  let isOpen = true;
  let wake = (): void => {};
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const stop = (): void => {
    isOpen = false;
    clearInterval(heartbeat);
    wake();
  };
  const body = new ReadableStream<Uint8Array>(
    {
      start: (opened) => {
        controller = opened;
      },
      pull: () => wake(),
      cancel: () => {
        stop();
        onCancel();
      },
    },
    { highWaterMark: maxWaitingBytes, size: (chunk) => chunk?.byteLength ?? 0 },
  );
  let hasBegun = (): void => {};
  const begun = new Promise<void>((resolve) => {
    hasBegun = resolve;
  });
  let isBegun = false;
  const write = (text: string): void => {
    if (!isOpen) return;
    controller?.enqueue(encoder.encode(text));
    heartbeat?.refresh();
  };
  const begin = (): void => {
    if (isBegun) return;
    isBegun = true;
    heartbeat = setInterval(() => write(': working\n\n'), heartbeatMs);
    hasBegun();
  };
  const send = (event: object): void => {
    begin();
    write(`data: ${JSON.stringify(event)}\n\n`);
  };
  const isBehind = (): boolean => isOpen && (controller?.desiredSize ?? 1) <= 0;
  const catchUp = async (): Promise<void> => {
    while (isBehind()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  const work = run({ send, behind: () => (isBehind() ? catchUp() : undefined) }).then(
    () => write(`data: ${streamEndMark}\n\n`),
    (error: unknown) => {
      if (!isBegun) throw error;
      send(describeError(error));
    },
  );
  const ended = work.finally(() => {
    if (isOpen && isBegun) controller?.close();
    stop();
  });
  ended.catch(() => {}); // a failure before the first event is thrown below
  const timer = setTimeout(() => {
    begin();
    write(': working\n\n');
  }, statusAfterMs);
  try {
    await Promise.race([begun, ended]);
  } finally {
    clearTimeout(timer);
  }
  return new Response(body, {
    headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no' },
  });
}
