import { writeModelInfo, writeTokenCount } from '@h2ovl/contract/wire';
import type { HeldPlace, ModelRunner } from '../queue/model-runner.ts';
import type { ChatCompletionsOptions } from './chat-completions.ts';
import { openFiles } from './chat-files.ts';
import { checkModel, readChat } from './read-chat.ts';
import { toModelRequest } from './to-model-request.ts';
import { toWireParam } from './wire-param.ts';

/** `POST /v1/count_tokens`: the length of a prompt, without running the model. A schema has to be compiled, so a request with one takes a place in the queue. */
export async function countTokens(
  request: Request,
  runner: ModelRunner,
  options: Pick<ChatCompletionsOptions, 'maxBodyBytes' | 'bodies' | 'makeOutputSchema' | 'maxDecoders'>,
): Promise<Response> {
  const { chat, files: decoded, release } = await readChat(request, { ...options, modelId: runner.modelId });
  let place: HeldPlace | undefined;
  try {
    const hasFile = chat.messages.some(({ content }) => Array.isArray(content) && content.some(({ type }) => type === 'file'));
    if (hasFile || chat.response_format?.type === 'json_schema') place = runner.hold(request.signal);
    const { messages, files, request: rest } = await toModelRequest(chat, decoded, options.makeOutputSchema);
    // What is decoded waits in line with what is answered.
    if (hasFile) await place?.turn(() => {});
    await using opened = await openFiles(messages, files, options.maxDecoders, request.signal);
    return Response.json(writeTokenCount(await runner.countTokens({ ...rest, messages: opened.messages }, request.signal)));
  } catch (error) {
    throw toWireParam(error);
  } finally {
    place?.leave();
    release();
  }
}

/** `GET /v1/info`: what the model is and how it runs. Without `model` it is the one this server has. */
export async function modelInfo(request: Request, runner: ModelRunner): Promise<Response> {
  const wanted = new URL(request.url).searchParams.get('model');
  if (wanted !== null) checkModel(wanted, runner.modelId);
  return Response.json(writeModelInfo(runner.modelId, await runner.info(request.signal)));
}
