export type { LanguageModelOptions } from './to-language-model.ts';
export { toLanguageModel } from './to-language-model.ts';
