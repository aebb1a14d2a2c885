import { VisionError } from '@h2ovl/contract';
import type { OptionWords } from '../tell.ts';

/** The fields of a request by the names that the model's options have. */
export const wireWords: OptionWords = {
  maxOutputTokens: 'max_completion_tokens',
  topP: 'top_p',
  topK: 'top_k',
  repetitionPenalty: 'repetition_penalty',
  stopSequences: 'stop',
  endBlankRuns: 'end_blank_runs',
  endLoops: 'end_loops',
  budgetMs: 'budget_ms',
  draftText: 'prediction',
  schema: 'response_format.json_schema.schema',
};

/** An error of the model with the field of the request at fault as its `param`, where the error names an option. Others come back as they are. */
export function toWireParam(error: unknown): unknown {
  if (!VisionError.isInstance(error) || error.param === undefined) return error;
  const [name = '', rest = ''] = /^(\w+)(.*)$/s.exec(error.param)?.slice(1) ?? [];
  const field = Object.hasOwn(wireWords, name) ? wireWords[name] : name;
  const param = `${field}${rest}`.replace(/^(messages\[\d+\]\.content\[\d+\])\.image$/, '$1.image_url.url');
  return param === error.param ? error : Object.assign(error, { param }); // class, stack and cause stay
}
