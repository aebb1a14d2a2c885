import { VisionError } from '../../errors.ts';
import { documentOptionNames, type WireOptionValues } from './build-options.ts';

/** Options whose values are text, and stand in a form as they are. The others stand there as JSON: `seed=4`, `schema={"type":"object"}`. */
const textOptions: readonly string[] = ['model', 'pages', 'password', 'mode', 'instruction', 'question', 'fields', 'preset', 'enforcement'];

/** Options whose values are a word or a number, which need no quotes: `tiles=auto`, `tiles=4`, `drafts=off`. */
const wordOptions: readonly string[] = ['tiles', 'rotate', 'drafts'];

/** The options of a request as the fields of a form, in order. */
export function writeFormFields(options: WireOptionValues): readonly (readonly [name: string, value: string])[] {
  return Object.entries(options).map(([name, value]) => [
    name,
    typeof value === 'string' && (textOptions.includes(name) || wordOptions.includes(name))
      ? value
      : Array.isArray(value) && name === 'pages'
        ? value.join(',')
        : JSON.stringify(value),
  ]);
}

/**
 * The options that the fields of a form say. A field that is not an option of ours comes back as its text; whether an option has a value it may have, is
 * not looked at.
 * @throws VisionError INVALID_ARGUMENT for a field that comes twice, or is not the JSON it should be
 */
export function readFormFields(fields: Iterable<readonly [name: string, value: string]>): WireOptionValues {
  const options: Record<string, unknown> = Object.create(null) as Record<string, unknown>; // names of others may be `__proto__`
  for (const [name, text] of fields) {
    if (Object.hasOwn(options, name)) {
      throw new VisionError('INVALID_ARGUMENT', `The field ${quote(name)} comes twice.`, { hint: 'Send each option once.', param: name });
    }
    const isJson = jsonOptions.includes(name) || (wordOptions.includes(name) && !/^[a-z]+$/i.test(text));
    options[name] = isJson ? readJson(name, text) : text;
  }
  return options;
}

const jsonOptions: readonly string[] = [
  ...Object.values(documentOptionNames).filter((name) => !textOptions.includes(name) && !wordOptions.includes(name)),
  'stream',
  'stream_options',
];

function readJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // No cause: the parser's message quotes the field.
    throw new VisionError('INVALID_ARGUMENT', `The field ${quote(name)} is not JSON.`, {
      hint: 'Write numbers, true and false as they are, and lists and schemas as JSON.',
      param: name,
    });
  }
}

function quote(name: string): string {
  return JSON.stringify(name.slice(0, 40));
}
