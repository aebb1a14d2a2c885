import { type ImageInput, type Message, type PromptInput, VisionError } from '@h2ovl/contract';
import { placeByMarks } from '../text/arrange-content.ts';
import type { ChatTurn, ContentPart } from '../text/chat-template.ts';
import { textOf } from '../text/frame-question.ts';
import { joinTurns } from '../text/join-turns.ts';

/** What a caller asks, in one form. */
export interface ReadInput {
  /** All system messages, a blank line between. */
  readonly system: string | undefined;
  /** Alternating turns, the user's last; messages of one role in a row are one turn. */
  readonly turns: readonly ChatTurn[];
  /** All images, in the order of the prompt. */
  readonly images: readonly PlacedImage[];
}

/** A picture, and where its caller put it: `images[1]`, or `messages[0].content[2].image`. */
export interface PlacedImage {
  readonly image: ImageInput;
  readonly place: string;
}

/**
 * The short and the full form as one.
 * @throws VisionError INVALID_ARGUMENT that names the message and the part which no model could be shown
 */
export function readInput(input: PromptInput): ReadInput {
  if (input.messages !== undefined) {
    const short: { readonly prompt?: unknown; readonly images?: unknown; readonly system?: unknown } = input; // types forbid it, callers in JavaScript do not know
    const extra = (['prompt', 'images', 'system'] as const).find((name) => short[name] !== undefined);
    if (extra !== undefined) {
      throw invalid(`Both messages and ${extra} were given.`, `Put ${extra} into messages, or give prompt without messages.`, extra);
    }
    return readMessages(input.messages);
  }
  if (typeof input.prompt !== 'string') {
    throw invalid(
      `prompt is ${nameOf((input as { readonly prompt?: unknown }).prompt)}, not a string.`,
      'Give prompt or messages.',
      'prompt',
    );
  }
  const images: unknown = input.images ?? [];
  if (!Array.isArray(images)) throw invalid('images is not a list.', 'Wrap a single image: [image].', 'images');
  if (input.prompt.trim() === '' && images.length === 0) throw invalid('The prompt is empty.', 'Give it text or an image.', 'prompt');
  const placed = images.map((image: ImageInput, index): PlacedImage => ({ image, place: `images[${index}]` }));
  const content: readonly ContentPart[] = [...placed.map(() => ({ type: 'image' }) as const), { type: 'text', text: input.prompt }];
  return { system: input.system, turns: [{ role: 'user', content }], images: placed };
}

/** The words that a schema's instruction is put around: those of the last turn. */
export function questionOf({ turns }: ReadInput): string {
  return textOf(placeByMarks(turns.at(-1)?.content ?? []).content).trim();
}

function readMessages(messages: readonly Message[]): ReadInput {
  if (!Array.isArray(messages) || messages.length === 0) {
    throw invalid('messages is not a list of at least one message.', 'Send at least one user message.', 'messages');
  }
  const images: PlacedImage[] = [];
  const systems: string[] = [];
  const turns: NumberedTurn[] = [];
  for (const [index, message] of (messages as readonly Message[]).entries()) {
    const place = `messages[${index}]`;
    switch (message?.role) {
      case 'system':
        systems.push(textOf(readParts(message.content, place, undefined)));
        break;
      case 'assistant':
        turns.push({ role: 'assistant', message: index, content: readParts(message.content, place, undefined) });
        break;
      case 'user':
        turns.push({ role: 'user', message: index, content: readParts(message.content, place, images) });
        break;
      default:
        throw invalid(
          `${place} has the role ${JSON.stringify((message as { readonly role?: unknown } | null | undefined)?.role)}.`,
          'Roles are system, user and assistant.',
          `${place}.role`,
        );
    }
  }
  const joined = joinTurns(turns);
  checkTurns(joined);
  return { system: systems.length === 0 ? undefined : systems.join('\n\n'), turns: joined, images };
}

/** The parts of one message. Images are added to `images`; undefined where the role has none. */
function readParts(content: Message['content'], place: string, images: PlacedImage[] | undefined): readonly ContentPart[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  if (content === null) return [{ type: 'text', text: '' }];
  if (!Array.isArray(content))
    throw invalid(`${place}.content is ${nameOf(content)}.`, 'It is a string or a list of parts.', `${place}.content`);
  return (content as readonly unknown[]).map((value, index): ContentPart => {
    const part = value as { readonly type?: unknown; readonly text?: unknown; readonly image?: unknown } | null | undefined;
    if (part?.type === 'text' && typeof part.text === 'string') return { type: 'text', text: part.text };
    if (part?.type === 'image' && part.image !== undefined && images !== undefined) {
      images.push({ image: part.image as ImageInput, place: `${place}.content[${index}].image` }); // what it holds is checked when it is opened
      return { type: 'image' };
    }
    const at = `${place}.content[${index}]`;
    if (part?.type === 'image' && part.image !== undefined) {
      throw invalid(`${at} is an image; only user messages hold images.`, 'Move it into a user message.', at);
    }
    throw invalid(describePart(part, at), "Parts are { type: 'text', text } and { type: 'image', image }.", at);
  });
}

function describePart(part: { readonly type?: unknown } | null | undefined, place: string): string {
  const { type } = part ?? {};
  if (type === 'text' || type === 'image') return `${place} has the type "${type}" without its ${type}.`;
  return typeof type === 'string'
    ? `${place} has the type ${JSON.stringify(type.slice(0, 40))}, which no model here can be shown.`
    : `${place} is neither a text nor an image part.`;
}

/** A turn, and the number of its first message. */
interface NumberedTurn extends ChatTurn {
  readonly message: number;
}

/** What joining cannot mend, named by the caller's own numbers. */
function checkTurns(turns: readonly NumberedTurn[]): void {
  const last = turns.at(-1);
  if (last === undefined)
    throw invalid('messages holds only system messages.', 'Add the user message that the model shall answer.', 'messages');
  if (last.role === 'assistant') {
    throw invalid(
      `The conversation ends with the assistant (messages[${last.message}]).`,
      'End with the user message that the model shall answer.',
      `messages[${last.message}].role`,
    );
  }
  const isEmpty = ({ content }: ChatTurn): boolean => content.every((part) => part.type === 'text' && part.text === '');
  const empty = turns.find((turn) => turn.role === 'user' && isEmpty(turn));
  if (empty !== undefined)
    throw invalid(`messages[${empty.message}] is empty.`, 'Give it text or an image.', `messages[${empty.message}].content`);
}

function invalid(message: string, hint: string, param: string): VisionError {
  return new VisionError('INVALID_ARGUMENT', message, { hint, param });
}

function nameOf(value: unknown): string {
  return value === null ? 'null' : typeof value;
}
