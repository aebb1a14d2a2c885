export { createH2ovl, type H2ovlProvider } from './create-h2ovl.ts';
export { type LanguageModelOptions, toLanguageModel } from './to-language-model.ts';
