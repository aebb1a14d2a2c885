import { type ChatCompletionChunk, type ErrorEnvelope, streamEndMark } from '@h2ovl/contract/wire';
import type { ModelAnswer } from '../model-port.ts';
import type { WorkEvent } from '../model-runner.ts';
import { answerContent, type CompletionHead, toChunk, toDetails, toFinishReason, toUsage } from './write-completion.ts';

export interface StreamCompletionOptions {
  readonly head: CompletionHead;
  readonly includeUsage: boolean;
  readonly includeProgress: boolean;
  /** Runs the work. */
  readonly run: (onEvent: (event: WorkEvent) => void) => Promise<ModelAnswer>;
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
      send(toChunk(head, { choices: [choice({ role: 'assistant', content: '' })], ...usage }));
      let hasText = false;
      const onEvent = (event: WorkEvent): void => {
        if (event.type === 'text-delta' && event.delta !== '') {
          hasText = true;
          send(toChunk(head, { choices: [choice({ content: event.delta })], ...usage }));
        } else if (event.type === 'progress' && includeProgress) {
          const { phase, done, total } = event;
          send(toChunk(head, { choices: [], ...usage, h2ovl: { progress: { phase, done, total } } }));
        }
      };
      const finish = (answer: ModelAnswer): void => {
        // With a schema nothing was sent while the text was being checked.
        if (!hasText) send(toChunk(head, { choices: [choice({ content: answerContent(answer) })], ...usage }));
        send(toChunk(head, { choices: [choice({}, toFinishReason(answer))], ...usage, h2ovl: toDetails(answer) }));
        if (includeUsage) send(toChunk(head, { choices: [], usage: toUsage(answer) }));
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
