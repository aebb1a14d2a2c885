import { findNearest, nameNow, VisionError, type Warning } from '@h2ovl/contract';
import type { ChatMessage } from '@h2ovl/contract/wire';

/** One option of OpenAI's API that cannot be followed. */
interface Refusal {
  /** Whether this value changes what is asked for. */
  readonly matters: (value: unknown) => boolean;
  readonly why: string;
  readonly hint: string;
}

const isList = (value: unknown): boolean => Array.isArray(value) && value.length > 0;
const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && Object.keys(value).length > 0;
const isAboveZero = (value: unknown): boolean => value !== 0;
const isForced = (value: unknown): boolean => value === 'required' || isObject(value);
const leaveOut = (name: string): string => `Leave ${name} out.`;
const noTools = 'the models call no tools';

/** What would make the answer another one: a request that names it is refused, so that nobody takes the answer for what was asked. */
const refusals: Readonly<Record<string, Refusal>> = {
  n: { matters: (value) => value !== 1, why: 'a request has one answer', hint: 'Send the request several times.' },
  best_of: { matters: (value) => value !== 1, why: 'a request has one answer', hint: 'Send the request several times.' },
  tool_choice: { matters: isForced, why: noTools, hint: 'Ask for JSON with response_format.' },
  function_call: { matters: isForced, why: noTools, hint: 'Ask for JSON with response_format.' },
  logprobs: { matters: (value) => value !== false, why: 'odds are not given out', hint: leaveOut('logprobs') },
  top_logprobs: { matters: isAboveZero, why: 'odds are not given out', hint: leaveOut('top_logprobs') },
  presence_penalty: {
    matters: isAboveZero,
    why: 'there is no such penalty',
    hint: 'repetition_penalty makes repeated tokens less likely.',
  },
  frequency_penalty: {
    matters: isAboveZero,
    why: 'there is no such penalty',
    hint: 'repetition_penalty makes repeated tokens less likely.',
  },
  logit_bias: { matters: isObject, why: 'tokens cannot be weighed', hint: leaveOut('logit_bias') },
  modalities: {
    matters: (value) => !Array.isArray(value) || value.some((kind) => kind !== 'text'),
    why: 'answers are text',
    hint: leaveOut('modalities'),
  },
  audio: { matters: () => true, why: 'answers are text', hint: leaveOut('audio') },
  web_search_options: { matters: () => true, why: 'nothing is searched for', hint: leaveOut('web_search_options') },
};

/** Values that ask for nothing. */
const neutral = (value: unknown): boolean =>
  value === null || value === undefined || value === false || (typeof value === 'object' && !isList(value) && !isObject(value));

/**
 * What of a request's body is not followed, as one warning. `known` are the fields that are.
 * @throws VisionError INVALID_ARGUMENT with `param` for an option whose absence would change the meaning of the answer
 */
export function findIgnored(body: Readonly<Record<string, unknown>>, known: readonly string[]): readonly Warning[] {
  const ignored: string[] = [];
  for (const [name, value] of Object.entries(body)) {
    if (known.includes(name) || neutral(value)) continue;
    const refusal = Object.hasOwn(refusals, name) ? refusals[name] : undefined;
    const now = nameNow(name);
    if (now !== undefined) {
      throw new VisionError('INVALID_ARGUMENT', `There is no option ${JSON.stringify(name)}.`, {
        param: name,
        hint: `It is called ${now} now.`,
      });
    }
    if (refusal?.matters(value)) {
      throw new VisionError('INVALID_ARGUMENT', `\`${name}\` cannot be followed: ${refusal.why}.`, { param: name, hint: refusal.hint });
    }
    if (refusal === undefined) ignored.push(describe(name, known));
  }
  refuseCalls(body.messages);
  if (ignored.length === 0) return [];
  const more = ignored.length > maxNamed ? ` and ${ignored.length - maxNamed} more` : '';
  return [{ type: 'unsupported', message: `Not followed: ${ignored.slice(0, maxNamed).join(', ')}${more}.` }];
}

/** A warning where a picture is asked to be shown in low detail: a page that cannot be read any more is nothing that a client means by it. */
export function findLowDetail(messages: readonly ChatMessage[]): readonly Warning[] {
  const isLow = messages.some(
    ({ content }) => Array.isArray(content) && content.some((part) => part.type === 'image_url' && part.image_url.detail === 'low'),
  );
  if (!isLow) return [];
  return [
    {
      type: 'unsupported',
      message: 'Not followed: image_url.detail "low". Pictures are shown in full detail; the option tiles makes it less.',
    },
  ];
}

const maxNamed = 10;
const maxNameLength = 40;

function describe(name: string, known: readonly string[]): string {
  const shown = JSON.stringify(name.slice(0, maxNameLength)).slice(1, -1);
  if (name === 'tools' || name === 'functions') return `${shown} (${noTools})`;
  const near = openaiOptions.has(name) ? undefined : findNearest(name, known);
  return near === undefined ? shown : `${shown} (is it ${near}?)`;
}

/** Fields of OpenAI's API that are no slip of the pen. */
const openaiOptions: ReadonlySet<string> = new Set([
  'metadata',
  'parallel_tool_calls',
  'prompt_cache_key',
  'reasoning_effort',
  'safety_identifier',
  'service_tier',
  'store',
  'user',
  'verbosity',
]);

/** An answer that called a tool has no words, and what it called for is lost. */
function refuseCalls(messages: unknown): void {
  if (!Array.isArray(messages)) return; // the schema says so
  for (const [index, message] of messages.entries()) {
    const calls = message as { readonly tool_calls?: unknown; readonly function_call?: unknown } | null;
    for (const name of ['tool_calls', 'function_call'] as const) {
      if (neutral(calls?.[name])) continue;
      const param = `messages[${index}].${name}`;
      throw new VisionError('INVALID_ARGUMENT', `\`${param}\` cannot be followed: ${noTools}.`, {
        param,
        hint: 'Send the words of earlier answers alone.',
      });
    }
  }
}
