import { type LanguageModelV3, NoSuchModelError, type ProviderV3 } from '@ai-sdk/provider';
import { VisionClient } from '../client.ts';
import type { ClientOptions } from '../client-options.ts';
import { toLanguageModel } from './to-language-model.ts';

/** The server's models for the AI SDK: `h2ovl('0.8b')`. */
export interface H2ovlProvider extends ProviderV3 {
  /** A model of the server by its id; whether the server has it shows at the first call. */
  (modelId: string): LanguageModelV3;
}

/**
 * A provider of the AI SDK over a server: `generateText({ model: createH2ovl({ baseURL })('0.8b'), … })`. The options are those of VisionClient.
 * Throws VisionError INVALID_ARGUMENT for options that make no sense or do not exist.
 */
export function createH2ovl(options: ClientOptions = {}): H2ovlProvider {
  const client = new VisionClient(options);
  const languageModel = (modelId: string): LanguageModelV3 => toLanguageModel(client.model(modelId));
  const refuse =
    (modelType: 'embeddingModel' | 'imageModel') =>
    (modelId: string): never => {
      throw new NoSuchModelError({ modelId, modelType });
    };
  return Object.assign((modelId: string) => languageModel(modelId), {
    specificationVersion: 'v3' as const,
    languageModel,
    embeddingModel: refuse('embeddingModel'),
    imageModel: refuse('imageModel'),
  });
}
