import { draftChoices, maxStopSequences, VisionError, type Warning } from '@h2ovl/contract';
import type { ChatCompletionRequest } from '@h2ovl/contract/wire';
import { z } from 'zod';
import { pictureTilesValue } from '../page-options.ts';
import { findIgnored, findLowDetail } from './ignored-options.ts';

// What is not followed, ignored-options.ts finds. Fields that are null have been dropped before (they count as absent).
const text = z.object({ type: z.literal('text'), text: z.string() });
const image = z.object({
  type: z.literal('image_url'),
  image_url: z.object({ url: z.string().min(1), detail: z.enum(['auto', 'low', 'high']).optional() }),
});

const file = z.object({
  type: z.literal('file'),
  file: z.object({ file_data: z.string().min(1).optional(), filename: z.string().optional(), file_id: z.string().optional() }),
});

const message = z.discriminatedUnion('role', [
  z.object({ role: z.enum(['system', 'developer']), content: z.union([z.string(), z.array(text)]) }),
  z.object({ role: z.literal('user'), content: z.union([z.string(), z.array(z.discriminatedUnion('type', [text, image, file]))]) }),
  z.object({ role: z.literal('assistant'), content: z.union([z.string(), z.array(text), z.null()]) }),
]);

const responseFormat = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text') }),
  z.object({ type: z.literal('json_object') }),
  z.object({
    type: z.literal('json_schema'),
    json_schema: z.object({
      name: z.string(),
      description: z.string().optional(),
      schema: z.record(z.string(), z.unknown()),
      strict: z.boolean().optional(),
    }),
  }),
]);

const chatRequest = z.object({
  model: z.string().min(1),
  messages: z.array(message).min(1),
  max_completion_tokens: z.number().int().min(1).optional(),
  max_tokens: z.number().int().min(1).optional(),
  temperature: z.number().min(0).max(2).optional(),
  top_p: z.number().gt(0).max(1).optional(),
  top_k: z.number().int().min(1).optional(),
  seed: z.number().int().optional(),
  stop: z.union([z.string().min(1), z.array(z.string().min(1)).max(maxStopSequences)]).optional(),
  repetition_penalty: z.number().gt(0).max(10).optional(),
  end_blank_runs: z.boolean().optional(),
  end_loops: z.boolean().optional(),
  budget_ms: z.number().min(1).optional(),
  page_text: z.string().max(1_000_000).optional(),
  drafts: z.enum(draftChoices).optional(),
  prediction: z.object({ type: z.literal('content'), content: z.union([z.string().max(1_000_000), z.array(text).max(1000)]) }).optional(),
  tiles: pictureTilesValue.optional(),
  response_format: responseFormat.optional(),
  stream: z.boolean().optional(),
  stream_options: z.object({ include_usage: z.boolean().optional(), include_progress: z.boolean().optional() }).optional(),
});

/** A checked request, and what of it is not followed. */
export interface ParsedChat {
  readonly chat: ChatCompletionRequest;
  readonly warnings: readonly Warning[];
}

/**
 * Checks the body of a chat request.
 * @throws INVALID_ARGUMENT with the first field at fault as `param`, or an option that cannot be followed and must not be ignored
 */
export function parseChatRequest(body: unknown): ParsedChat {
  const given = dropNulls(body);
  const result = chatRequest.safeParse(given);
  if (!result.success) throw describeIssues(result.error.issues, given);
  // JSON has no undefined, so an optional key that is present has its value.
  const chat = result.data as ChatCompletionRequest;
  const ignored = findIgnored(given as Readonly<Record<string, unknown>>, Object.keys(chatRequest.shape));
  return { chat, warnings: [...ignored, ...findLowDetail(chat.messages)] };
}

/** The first thing wrong with a body, with the field at fault as `param`. */
export function describeIssues(issues: readonly z.core.$ZodIssue[], body: unknown): VisionError {
  const { path, message: reason } = firstIssue(issues);
  const param = formatPath(path);
  const field = param === '' ? 'The body' : `\`${param}\``;
  const isPlainUrl = path.at(-1) === 'image_url' && typeof valueAt(body, path) === 'string';
  return new VisionError('INVALID_ARGUMENT', `${field}: ${reason}.`, {
    ...(param === '' ? {} : { param }),
    ...(isPlainUrl ? { hint: 'Write it as an object: "image_url": {"url": "data:image/png;base64,…"}.' } : {}),
  });
}

function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key], body);
}

/** A path as JavaScript would write it: `messages[0].content[1].image_url.url`. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text_, part) => (typeof part === 'number' ? `${text_}[${part}]` : text_ === '' ? String(part) : `${text_}.${String(part)}`),
    '',
  );
}

/** Keys whose null means something: a JSON Schema, and the content of an answer without text. */
const keysWithNull: ReadonlySet<string> = new Set(['schema', 'content']);

/** Without the fields that are null. */
function dropNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(dropNulls);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(([key, field]) => field !== null || keysWithNull.has(key));
  return Object.fromEntries(fields.map(([key, field]) => [key, key === 'schema' ? field : dropNulls(field)]));
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** The first issue; of a union, the issue of the branch that came furthest, since that is the one the caller meant. */
function firstIssue(issues: readonly z.core.$ZodIssue[]): Issue {
  const [issue] = issues;
  if (issue === undefined) return { path: [], message: 'not valid' };
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return { path: issue.path, message: issue.message };
  const branches = issue.errors.map((branch) => firstIssue(branch));
  const [furthest] = branches.sort((a, b) => b.path.length - a.path.length);
  if (furthest === undefined || furthest.path.length === 0) {
    return { path: issue.path, message: branches.map((branch) => branch.message).join(', or ') };
  }
  return { path: [...issue.path, ...furthest.path], message: furthest.message };
}
