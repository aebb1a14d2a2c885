import type { DocumentFacts, GenerateResult } from '@h2ovl/contract';
import {
  answerContent,
  type ChatCompletionChunk,
  type CompletionHead,
  type ErrorEnvelope,
  streamEndMark,
  writeChunk,
  writeDetails,
  writeFinishReason,
  writeUsage,
} from '@h2ovl/contract/wire';
import type { WorkEvent } from '../queue/model-runner.ts';

export interface StreamCompletionOptions {
  readonly head: CompletionHead;
  readonly includeUsage: boolean;
  readonly includeProgress: boolean;
  /** Runs the work. */
  readonly run: (
    onEvent: (event: WorkEvent) => void,
  ) => Promise<{ readonly answer: GenerateResult<unknown>; readonly documents: readonly DocumentFacts[] }>;
  /** Called when the client goes away. */
  readonly onCancel: () => void;
  readonly describeError: (error: unknown) => ErrorEnvelope;
  /** Milliseconds of silence after which a comment line is sent. @default 15000 */
  readonly heartbeatMs?: number;
}

/** The answer as server-sent events: the role chunk at once, text as it is made, a comment while nothing else is said. */
export function streamCompletion(options: StreamCompletionOptions): Response {
  const { head, includeUsage, includeProgress, heartbeatMs = 15_000 } = options;
  const encoder = new TextEncoder();
  let heartbeat: NodeJS.Timeout | undefined;
  let isOpen = true;
  const stop = (): void => {
    isOpen = false;
    clearInterval(heartbeat);
  };
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const write = (text: string): void => {
        if (!isOpen) return;
        controller.enqueue(encoder.encode(text));
        heartbeat?.refresh();
      };
      const send = (data: ChatCompletionChunk | ErrorEnvelope): void => write(`data: ${JSON.stringify(data)}\n\n`);
      const usage = includeUsage ? { usage: null } : {};
      heartbeat = setInterval(() => write(': working\n\n'), heartbeatMs);
      send(writeChunk(head, { choices: [choice({ role: 'assistant', content: '' })], ...usage }));
      let contentChars = 0;
      const sendText = (content: string): void => {
        contentChars += content.length;
        send(writeChunk(head, { choices: [choice({ content })], ...usage }));
      };
      const onEvent = (event: WorkEvent): void => {
        if (event.type === 'text-delta' && event.delta !== '') sendText(event.delta);
        else if (event.type === 'progress' && includeProgress) {
          const { phase, done, total } = event;
          send(writeChunk(head, { choices: [], ...usage, h2ovl: { progress: { phase, done, total } } }));
        }
      };
      const finish = ({ answer, documents }: Awaited<ReturnType<typeof options.run>>): void => {
        // Nothing was sent of an answer that had to be checked first.
        if (contentChars === 0) sendText(answerContent(answer));
        const details = { ...writeDetails(answer, documents), content_chars: contentChars };
        send(writeChunk(head, { choices: [choice({}, writeFinishReason(answer))], ...usage, h2ovl: details }));
        if (includeUsage) send(writeChunk(head, { choices: [], usage: writeUsage(answer) }));
        write(`data: ${streamEndMark}\n\n`);
      };
      void options
        .run(onEvent)
        .then(finish, (error: unknown) => send(options.describeError(error)))
        .finally(() => {
          if (isOpen) controller.close();
          stop();
        });
    },
    cancel() {
      stop();
      options.onCancel();
    },
  });
  return new Response(body, {
    headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no' },
  });
}

function choice(
  delta: ChatCompletionChunk['choices'][number]['delta'],
  finish_reason: ChatCompletionChunk['choices'][number]['finish_reason'] = null,
): ChatCompletionChunk['choices'][number] {
  return { index: 0, delta, logprobs: null, finish_reason };
}
