import { VisionError } from '@h2ovl/contract';

/** One piece of a message: text, or an image that stands at this place. */
export type ContentPart = { readonly type: 'text'; readonly text: string } | { readonly type: 'image' };

export interface ChatTurn {
  readonly role: 'user' | 'assistant';
  readonly content: readonly ContentPart[];
}

/** One piece of a prompt, in order. Neighbouring text pieces are one text to the tokenizer. */
export type PromptPart = ContentPart | { readonly type: 'special'; readonly token: string };

interface ChatTemplate {
  readonly role: Readonly<Record<ChatTurn['role'], string>>;
  /** The special token after each message. */
  readonly end: string;
}

const templates: Readonly<Record<string, ChatTemplate>> = {
  // <|prompt|> and <|answer|> are plain text to the tokenizer; only <|end|> is a token.
  h2ogpt2: { role: { user: '<|prompt|>', assistant: '<|answer|>' }, end: '<|end|>' },
};

/**
 * Turns -> the prompt that asks for the next answer: `<|prompt|>{user}<|end|><|answer|>{assistant}<|end|>...<|prompt|>{user}<|end|><|answer|>`.
 * Nothing stands before, between or around the parts: no BOS, no space, no line end; contents are not trimmed.
 *
 * Throws MODEL_UNSUPPORTED for a template this library does not know, INVALID_ARGUMENT unless the turns alternate, end with the user, each
 * user turn says something, and images stand in user turns only.
 */
export function applyChatTemplate(turns: readonly ChatTurn[], template: string): readonly PromptPart[] {
  const marks = findTemplate(template);
  checkTurns(turns);
  const parts: PromptPart[] = [];
  for (const { role, content } of turns) {
    parts.push({ type: 'text', text: marks.role[role] }, ...content, { type: 'special', token: marks.end });
  }
  parts.push({ type: 'text', text: marks.role.assistant });
  return parts;
}

/** What a template writes before the turns of each role: marks that no text of others may spell. Throws MODEL_UNSUPPORTED as above. */
export function roleMarks(template: string): readonly string[] {
  return Object.values(findTemplate(template).role);
}

/** The prompt as one text, each image as `<image>`: to look at; ids are made from the parts. */
export function promptToText(parts: readonly PromptPart[]): string {
  return parts.map((part) => (part.type === 'image' ? '<image>' : part.type === 'text' ? part.text : part.token)).join('');
}

function findTemplate(template: string): ChatTemplate {
  const marks = Object.hasOwn(templates, template) ? templates[template] : undefined;
  if (marks !== undefined) return marks;
  const known = Object.keys(templates).join(', ');
  throw new VisionError('MODEL_UNSUPPORTED', `The model asks for the chat template "${template}"; this library has: ${known}.`, {
    hint: 'Use an H2OVL-Mississippi checkpoint.',
  });
}

function checkTurns(turns: readonly ChatTurn[]): void {
  if (turns.length === 0) throw invalidTurns('There are no messages.', 'Send at least one user message.');
  for (const [index, { role, content }] of turns.entries()) {
    const place = `Turn ${index + 1} of ${turns.length}`;
    if (role !== 'user' && role !== 'assistant') throw invalidTurns(`${place} has the role "${role}".`, 'Turns are user or assistant.');
    if (role === turns[index - 1]?.role) throw invalidTurns(`${place} has the role of the one before it.`, 'Join the two.');
    if (role === 'assistant' && content.some((part) => part.type === 'image')) {
      throw invalidTurns(`${place} is the assistant's and holds an image.`, 'Move the image into a user message.');
    }
    if (role === 'user' && content.every((part) => part.type === 'text' && part.text === '')) {
      throw invalidTurns(`${place} is empty.`, 'Give it text or an image.');
    }
  }
  if (turns.at(-1)?.role === 'assistant') {
    throw invalidTurns(`The last of ${turns.length} turns is the assistant's.`, 'End with the user message that the model shall answer.');
  }
}

function invalidTurns(message: string, hint: string): VisionError {
  return new VisionError('INVALID_ARGUMENT', message, { hint });
}
