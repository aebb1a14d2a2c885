import type { DocumentRequestOptions } from '@h2ovl/contract/wire';

/** Where an option of the documents' wire is set by a person: its flag, and its field in the n8n node; or why it is not there on purpose. */
export interface OptionReach {
  readonly flag: string | { readonly left: string };
  readonly field: string | { readonly left: string };
}

const oneModel = { left: 'A setting of the model as such, which workflows have no use for; HTTP and the SDK have it.' };
const readsAlike = {
  left: 'The node reads as the server does by default; what an operation leaves out is for programs, which have HTTP and the SDK.',
};
const ownersLimit = { left: 'A limit of the owner of the server, which the node could lower only.' };

/** Every option. A new one does not compile until it is placed here. */
export const optionReach: Readonly<Record<keyof DocumentRequestOptions, OptionReach>> = {
  model: { flag: '--model', field: 'model' },
  pages: { flag: '--pages', field: 'pages' },
  dpi: { flag: '--dpi', field: { left: 'Pages are drawn as large as the model sees them; more changes nothing but time.' } },
  password: { flag: '--password', field: 'password' },
  maxBytes: { flag: '--max-bytes', field: ownersLimit },
  maxPixels: { flag: '--max-pixels', field: ownersLimit },
  maxPages: { flag: '--max-pages', field: ownersLimit },
  maxMemoryBytes: { flag: '--max-memory', field: ownersLimit },
  pageTimeoutMs: { flag: '--page-timeout', field: ownersLimit },
  documentTimeoutMs: { flag: '--document-timeout', field: ownersLimit },
  tiles: { flag: '--tiles', field: 'tiles' },
  rotate: { flag: '--rotate', field: 'rotate' },
  maxOutputTokens: { flag: '--max-tokens', field: 'maxTokens' },
  temperature: { flag: '--temperature', field: oneModel },
  topP: { flag: '--top-p', field: oneModel },
  topK: { flag: '--top-k', field: oneModel },
  seed: { flag: '--seed', field: oneModel },
  repetitionPenalty: { flag: '--repetition-penalty', field: oneModel },
  drafts: { flag: '--drafts', field: 'drafts' },
  stopSequences: { flag: '--stop', field: oneModel },
  endBlankRuns: {
    flag: { left: 'Reading ends runs of blanks, as the model was published to be used; nobody who looks at the answer wants them.' },
    field: oneModel,
  },
  endLoops: { flag: '--no-end-loops', field: oneModel },
  pageBudgetMs: { flag: '--page-budget', field: 'pageBudget' },
  documentBudgetMs: { flag: '--document-budget', field: 'documentBudget' },
  retry: { flag: '--no-retry', field: readsAlike },
  mode: { flag: '--mode', field: 'mode' },
  compare: { flag: '--compare', field: readsAlike },
  lines: { flag: { left: 'A command of its own has them: h2ovl lines.' }, field: readsAlike },
  instruction: { flag: '--instruction', field: 'prompt' },
  readBlank: { flag: '--read-blank', field: 'readBlank' },
  question: { flag: { left: 'An argument of h2ovl ask.' }, field: 'text' },
  schema: { flag: '--schema', field: 'inputSchema' },
  fields: { flag: '--fields', field: 'attributes' },
  preset: { flag: '--preset', field: 'preset' },
  enforcement: { flag: '--enforcement', field: readsAlike },
  support: { flag: '--support', field: readsAlike },
  evidence: { flag: '--evidence', field: 'evidence' },
  secondReading: { flag: '--second-reading', field: readsAlike },
};
