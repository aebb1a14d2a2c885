import type { LanguageModelV3 } from '@ai-sdk/provider';
import type { VisionModel } from '@h2ovl/contract';
import { RemoteModel } from '../remote-model.ts';
import { toAiSdkError } from './errors.ts';
import { readCall } from './read-prompt.ts';
import { writeFinishReason, writeMetadata, writeParts, writeUsage, writeWarnings } from './write-parts.ts';

/** How the model presents itself to the AI SDK. */
export interface LanguageModelOptions {
  /** Name in logs and telemetry. @default h2ovl */
  readonly provider?: string;
}

/**
 * Any of our models, local or remote, as a model of the AI SDK (`ai` 6 and newer): `generateText`, `streamText`, `Output.object`.
 * How often `generateText` tries again is the AI SDK's `maxRetries` alone; in a stream, where the AI SDK does not, it is the client's.
 */
export function toLanguageModel(
  model: Pick<VisionModel, 'id' | 'generate' | 'stream'>,
  { provider = 'h2ovl' }: LanguageModelOptions = {},
): LanguageModelV3 {
  return {
    specificationVersion: 'v3',
    provider,
    modelId: model.id,
    supportedUrls: {}, // none: the AI SDK downloads pictures itself and hands us bytes
    async doGenerate(call) {
      const { options, warnings } = readCall(call, { takesPdf: model instanceof RemoteModel });
      // The AI SDK tries again by itself.
      const answer = model instanceof RemoteModel ? model.generateOnce(options) : model.generate(options);
      const result = await answer.catch((error: unknown) => {
        throw toAiSdkError(error, call, model.id);
      });
      const metadata = writeMetadata({ warnings: [], certainty: result.certainty }); // the warnings have their own place
      return {
        content: result.text === '' ? [] : [{ type: 'text', text: result.text }],
        finishReason: writeFinishReason(result.finishReason),
        usage: writeUsage(result.usage),
        response: { modelId: model.id, timestamp: new Date() },
        warnings: [...warnings, ...writeWarnings(result.warnings)],
        ...(metadata === undefined ? {} : { providerMetadata: { h2ovl: metadata } }),
      };
    },
    async doStream(call) {
      const { options, warnings } = readCall(call, { takesPdf: model instanceof RemoteModel });
      return { stream: writeParts(model.stream(options), model.id, { warnings, toError: (error) => toAiSdkError(error, call, model.id) }) };
    },
  };
}
