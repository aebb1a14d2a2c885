import { separateImages } from './arrange-content.ts';
import type { ChatTurn, ContentPart } from './chat-template.ts';
import { applyChatTemplate } from './chat-template.ts';
import type { ImagePlaceholderOptions, PromptTokens } from './image-placeholders.ts';
import { encodePromptParts, imageMark } from './image-placeholders.ts';
import { neutralizeSpecials } from './neutralize-specials.ts';

/** Something that was done to a prompt which its author should know. */
export interface PromptWarning {
  readonly type: 'unsupported' | 'other';
  readonly message: string;
}

export interface BuildPromptOptions extends ImagePlaceholderOptions {
  /** Alternating turns, the user's first and last. `tokensPerImage` counts their images in order. */
  readonly turns: readonly ChatTurn[];
  /** Put before the first user turn, with a blank line between: the models know no system message. Blank means none. */
  readonly system?: string | undefined;
  /** The chat template's name in the checkpoint's configuration. */
  readonly template: string;
}

export interface BuiltPrompt extends PromptTokens {
  readonly warnings: readonly PromptWarning[];
}

/**
 * A conversation -> ids, image places and warnings. Images stand where their parts stand; nothing is searched for in the text. Text that
 * spells a special token or `<image>` stays text, with a zero-width joiner inside the name and a warning.
 *
 * Throws INVALID_ARGUMENT for turns out of order or a wrong number of images, MODEL_UNSUPPORTED for an unknown template or a missing token.
 */
export function buildPrompt({ turns, system, tokensPerImage, tokenizer, template }: BuildPromptOptions): BuiltPrompt {
  const warnings: PromptWarning[] = [];
  const spaced = turns.map(({ role, content }): ChatTurn => ({ role, content: separateImages(content) }));
  const complete = system === undefined || system.trim() === '' ? spaced : prependSystem(spaced, system, warnings);
  const harmless = neutralizeTurns(complete, [...tokenizer.addedTokens, imageMark], warnings);
  const tokens = encodePromptParts(applyChatTemplate(harmless, template), { tokensPerImage, tokenizer });
  return { ...tokens, warnings };
}

function prependSystem(turns: readonly ChatTurn[], system: string, warnings: PromptWarning[]): readonly ChatTurn[] {
  const [first, ...rest] = turns;
  // Nothing to put it before: the template names what is wrong with these turns.
  if (first === undefined || first.role !== 'user' || first.content.length === 0) return turns;
  warnings.push({ type: 'unsupported', message: 'The model has no system message; its text was put before the first user message.' });
  return [{ role: 'user', content: [{ type: 'text', text: `${system}\n\n` }, ...first.content] }, ...rest];
}

function neutralizeTurns(turns: readonly ChatTurn[], specials: readonly string[], warnings: PromptWarning[]): readonly ChatTurn[] {
  const spelled = new Set<string>();
  const result = turns.map(({ role, content }): ChatTurn => {
    const parts = joinTexts(content).map((part): ContentPart => {
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
      type: 'other',
      message: `The text spells ${names}; it is read as ordinary characters, with a zero-width joiner inside.`,
    });
  }
  return result;
}

/** Joins neighbouring texts, so that a name which is spread over two of them is seen. */
function joinTexts(content: readonly ContentPart[]): readonly ContentPart[] {
  const result: ContentPart[] = [];
  for (const part of content) {
    const before = result.at(-1);
    if (part.type === 'text' && before?.type === 'text') result[result.length - 1] = { type: 'text', text: before.text + part.text };
    else result.push(part);
  }
  return result;
}
