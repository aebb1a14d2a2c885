import type { LanguageModelV3 } from '@ai-sdk/provider';
import type { VisionModel } from '@h2ovl/contract';
import { toAiSdkError } from './errors.ts';
import { readCall } from './read-prompt.ts';
import { writeFinishReason, writeParts, writeUsage, writeWarnings } from './write-parts.ts';

/** How the model presents itself to the AI SDK. */
export interface LanguageModelOptions {
  /** Name in logs and telemetry. @default h2ovl */
  readonly provider?: string;
}

/** Any of our models, local or remote, as a model of the AI SDK (`ai` 6 and newer): `generateText`, `streamText`, `Output.object`. */
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
      const { options, warnings } = readCall(call);
      const result = await model.generate(options).catch((error: unknown) => {
        throw toAiSdkError(error, call, model.id);
      });
      return {
        content: result.text === '' ? [] : [{ type: 'text', text: result.text }],
        finishReason: writeFinishReason(result.finishReason),
        usage: writeUsage(result.usage),
        response: { modelId: model.id, timestamp: new Date() },
        warnings: [...warnings, ...writeWarnings(result.warnings)],
      };
    },
    async doStream(call) {
      const { options, warnings } = readCall(call);
      return { stream: writeParts(model.stream(options), model.id, { warnings, toError: (error) => toAiSdkError(error, call, model.id) }) };
    },
  };
}
