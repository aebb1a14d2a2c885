import { arrangeContent, joinTexts, placeByMarks } from './arrange-content.ts';
import type { ChatTurn, ContentPart } from './chat-template.ts';
import { applyChatTemplate, roleMarks } from './chat-template.ts';
import { frameQuestion, type QuestionFrame } from './frame-question.ts';
import type { ImagePlaceholderOptions, PromptTokens } from './image-placeholders.ts';
import { encodePromptParts, imageMark } from './image-placeholders.ts';
import { neutralizeSpecials } from './neutralize-specials.ts';

/** Something that was done to a prompt which its author should know. */
export interface PromptWarning {
  readonly type: 'unsupported' | 'prompt';
  readonly message: string;
}

export interface BuildPromptOptions extends ImagePlaceholderOptions {
  /** Alternating turns, the user's last. `tokensPerImage` counts their images in order. */
  readonly turns: readonly ChatTurn[];
  /** Put into the first user turn, with a blank line between: the models know no system message. Blank means none. */
  readonly system?: string | undefined;
  /** What stands around the words of the last turn. */
  readonly frame?: QuestionFrame | undefined;
  /** The chat template's name in the checkpoint's configuration. */
  readonly template: string;
}

export interface BuiltPrompt extends PromptTokens {
  readonly warnings: readonly PromptWarning[];
}

/**
 * A conversation -> ids, image places and warnings: the one place where prompts are made, for every interface.
 *
 * In each turn `<image>` places a picture where the numbers agree, the last turn gets its frame, and pictures and texts are put in the order
 * the models were shown (see `arrangeContent`). Text that spells a special token, a mark of the template or an `<image>` that places nothing
 * stays text, with a zero-width joiner inside the name and a warning.
 *
 * Throws INVALID_ARGUMENT for turns out of order or a wrong number of images, MODEL_UNSUPPORTED for an unknown template or a missing token.
 */
export function buildPrompt({ turns, system, frame, tokensPerImage, tokenizer, template }: BuildPromptOptions): BuiltPrompt {
  const warnings: PromptWarning[] = [];
  const arranged = turns.map(({ role, content }, index): ChatTurn => {
    if (role !== 'user') return { role, content: joinTexts(content) };
    const placed = placeByMarks(content);
    const framed = frame !== undefined && index === turns.length - 1 ? frameQuestion(placed, frame) : placed;
    return { role, content: framed.isLaidOut ? framed.content : arrangeContent(framed.content) };
  });
  const complete = system === undefined || system.trim() === '' ? arranged : placeSystem(arranged, system, warnings);
  const harmless = neutralizeTurns(complete, [...tokenizer.addedTokens, ...roleMarks(template), imageMark], warnings);
  const tokens = encodePromptParts(applyChatTemplate(harmless, template), { tokensPerImage, tokenizer });
  return { ...tokens, warnings };
}

function placeSystem(turns: readonly ChatTurn[], system: string, warnings: PromptWarning[]): readonly ChatTurn[] {
  const at = turns.findIndex(({ role }) => role === 'user');
  const turn = turns[at];
  // Nothing to put it into: the template names what is wrong with these turns.
  if (turn === undefined || turn.content.length === 0) return turns;
  warnings.push({ type: 'unsupported', message: 'The model has no system message; its text was put before the first user message.' });
  return turns.with(at, { role: 'user', content: [{ type: 'text', text: `${system}\n\n` }, ...turn.content] });
}

function neutralizeTurns(turns: readonly ChatTurn[], specials: readonly string[], warnings: PromptWarning[]): readonly ChatTurn[] {
  const spelled = new Set<string>();
  const result = turns.map(({ role, content }): ChatTurn => {
    // A name may be spread over two texts.
    const parts = mergeTexts(content).map((part): ContentPart => {
      if (part.type === 'image') return part;
      const { text, found } = neutralizeSpecials(part.text, specials);
      for (const name of found) spelled.add(name);
      return { type: 'text', text };
    });
    return { role, content: parts };
  });
  if (spelled.size > 0) {
    const names = [...spelled].join(' ');
    warnings.push({
      type: 'prompt',
      message: `The text spells ${names}; it is read as ordinary characters, with a zero-width joiner inside.`,
    });
  }
  return result;
}

/** Neighbouring texts as one, with nothing between: what the tokenizer sees. */
function mergeTexts(content: readonly ContentPart[]): readonly ContentPart[] {
  const result: ContentPart[] = [];
  for (const part of content) {
    const before = result.at(-1);
    if (part.type === 'text' && before?.type === 'text') result[result.length - 1] = { type: 'text', text: before.text + part.text };
    else result.push(part);
  }
  return result;
}
