import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { main } from '../../../dev/src/tokenizer-cases.ts';
import { buildPrompt } from '../../src/text/build-prompt.ts';
import { applyChatTemplate, type ChatTurn, type ContentPart, promptToText } from '../../src/text/chat-template.ts';
import { createDetokenizer } from '../../src/text/detokenizer.ts';
import { expandPrompt } from '../../src/text/image-placeholders.ts';
import { createTokenizer, type Tokenizer } from '../../src/text/tokenizer.ts';

// Numbers of sentencepiece 0.2.2 through the slow LlamaTokenizer's rules (reference/README.md); all compared exactly.

const addedNames = ['<img>', '</img>', '<IMG_CONTEXT>', '<quad>', '</quad>', '<ref>', '</ref>', '<box>', '</box>', '<|end|>'];
const file = (name: string): URL => new URL(`./reference/${name}`, import.meta.url);
const nano = (name: string): URL => new URL(`../../../nano/${name}`, import.meta.url);
// biome-ignore lint/suspicious/noExplicitAny: reference files have the shape that reference/README.md describes
const json = (url: URL): any => JSON.parse(readFileSync(url, 'utf8'));

function open(url: URL, pieceCount: number): Tokenizer {
  const addedTokens = Object.fromEntries(addedNames.map((name, index) => [name, pieceCount + index]));
  return createTokenizer({ modelBytes: readFileSync(url), addedTokens });
}

/** How often a piece is looked up meanwhile. */
function countLookups(encode: () => number[]): { readonly ids: number[]; readonly lookups: number } {
  const { get } = Map.prototype;
  let lookups = 0;
  Map.prototype.get = function (this: Map<unknown, unknown>, key: unknown): unknown {
    lookups += 1;
    return get.call(this, key);
  };
  try {
    const ids = encode();
    return { ids, lookups };
  } finally {
    Map.prototype.get = get;
  }
}

const image: ContentPart = { type: 'image' };
const real = open(file('tokenizer.model'), 32000);
const mini = open(file('mini-tokenizer.model'), 640);

describe('the real vocabulary', () => {
  const cases: { text: string; ids: number[] }[] = json(file('tokenizer-cases.json'));

  it('encodes all 346 reference texts to the same ids', () => {
    expect(cases).toHaveLength(346);
    for (const { text, ids } of cases) expect(real.encode(text), JSON.stringify(text)).toEqual(ids);
  });

  it('decodes every reference text back, special tokens by name, except that U+2581 is a space to SentencePiece', () => {
    for (const { text, ids } of cases) expect(real.decode(ids, { skipSpecial: false })).toBe(text.replaceAll('\u2581', ' '));
  });

  // model description, section 4.4
  const end = [32009, 523, 28766, 24115, 28766, 28767];
  const start = [523, 28766, 14350, 447, 28766, 28767];
  const read = [28705, 13, 3390, 272, 2245, 297, 272, 3469, 28723];
  it.each([
    ['<|prompt|>', start],
    ['<|answer|>', end.slice(1)],
    ['<|prompt|>Hello, how are you?<|end|><|answer|>', [...start, 16230, 28725, 910, 460, 368, 28804, ...end]],
    [
      '<|prompt|>Hello, how are you?<|end|><|answer|>I am fine.<|end|><|prompt|>And you?<|end|><|answer|>',
      [...start, 16230, 28725, 910, 460, 368, 28804, ...end, 28737, 837, 4433, 28723, 32009, ...start, 2467, 368, 28804, ...end],
    ],
    [
      'Read the text and provide word by word ocr for the document.',
      [4939, 272, 2245, 304, 3084, 1707, 486, 1707, 289, 3810, 354, 272, 3248, 28723],
    ],
    ['héllo 你好 😊  two  spaces', [295, 28797, 584, 28709, 28705, 29383, 29530, 28705, 30464, 28705, 989, 28705, 10599]],
  ])('gives the golden ids of %j', (text, ids) => {
    expect(real.encode(text)).toEqual(ids);
  });

  it('gives the golden ids of the OCR prompt, one run of context tokens for the image', () => {
    const built = buildPrompt({
      turns: [{ role: 'user', content: [image, { type: 'text', text: 'Read the text in the image.' }] }],
      tokensPerImage: [3],
      tokenizer: real,
      template: 'h2ogpt2',
    });
    expect([...built.ids]).toEqual([...start, 32000, 32002, 32002, 32002, 32001, ...read, ...end]);
    expect(built.imageSpans).toEqual([{ start: 7, length: 3 }]);
    expect(built.imageTokenId).toBe(32002);
    expect(built.warnings).toEqual([]);
  });

  it('gives the golden ids of two numbered images', () => {
    const built = buildPrompt({
      turns: [{ role: 'user', content: [image, image, { type: 'text', text: 'Describe.' }] }],
      tokensPerImage: [1, 2],
      tokenizer: real,
      template: 'h2ogpt2',
    });
    const first = [...start, 4176, 28733, 28740, 28747, 28705, 32000, 32002, 32001];
    const second = [28705, 13, 4176, 28733, 28750, 28747, 28705, 32000, 32002, 32002, 32001];
    expect([...built.ids]).toEqual([...first, ...second, 28705, 13, 22836, 28723, ...end]);
  });

  it('looks each of 100,000 characters up a few times, one letter repeated included', () => {
    const words = cases.map(({ text }) => text).join('\n');
    const prose = words.repeat(Math.ceil(100_000 / words.length));
    for (const text of [prose, 'x'.repeat(100_000), ' '.repeat(100_000), '\u0001'.repeat(100_000)]) {
      const { ids, lookups } = countLookups(() => real.encodeText(text));
      expect(lookups).toBeGreaterThan(100_000);
      expect(lookups).toBeLessThan(1_000_000); // merging that begins anew after each merge looks up thousands of millions
      expect(real.decode(ids)).toBe(text.replaceAll('\u2581', ' '));
    }
  });
});

describe.each(['mini-800m', 'mini-2b'])('prompts of %s', (name) => {
  const { cases } = json(file(`${name}.json`));

  it.each(Object.keys(cases))(
    '%s has the reference ids, as written out, with marks in the text, and with pictures anywhere beside it',
    (key) => {
      const { turns, tiles, ...expected } = cases[key];
      const tokensPerImage = tiles.map((count: number) => 256 * count);
      const written: ChatTurn[] = turns.flatMap(([user, answer]: [string, string | null]) => [
        { role: 'user', content: [{ type: 'text', text: user }] },
        ...(answer === null ? [] : [{ role: 'assistant', content: [{ type: 'text', text: answer }] }]),
      ]);
      const text = promptToText(applyChatTemplate(written, 'h2ogpt2'));
      const fromText = expandPrompt(text, { tokensPerImage, tokenizer: mini });
      const list = `[${fromText.ids.join(', ')}]`; // as Python's json.dumps writes it
      expect(createHash('sha256').update(list).digest('hex')).toBe(expected.prompt_ids_sha256);
      expect(fromText.ids).toHaveLength(expected.prompt_length);
      expect([...fromText.ids.subarray(0, 12)]).toEqual(expected.prompt_head);
      expect([...fromText.ids.subarray(-24)]).toEqual(expected.prompt_tail);

      for (const arrange of [keepMarks, picturesFirst, picturesLast]) {
        const fromParts = buildPrompt({
          turns: written.map(({ role, content }) => ({ role, content: content.flatMap(arrange) })),
          tokensPerImage,
          tokenizer: mini,
          template: 'h2ogpt2',
        });
        expect(fromParts, arrange.name).toEqual({ ...fromText, warnings: [] });
      }
    },
  );
});

/** The text as the model card writes it, and as many pictures as it has marks. */
function keepMarks(part: ContentPart): ContentPart[] {
  return [...picturesOf(part), part];
}

/** The question alone, behind its pictures. */
function picturesFirst(part: ContentPart): ContentPart[] {
  return part.type === 'text' ? [...picturesOf(part), { type: 'text', text: part.text.replace(/^.*<image>\n/gm, '') }] : [part];
}

function picturesLast(part: ContentPart): ContentPart[] {
  return picturesFirst(part).reverse();
}

function picturesOf(part: ContentPart): ContentPart[] {
  return part.type === 'text'
    ? part.text
        .split('<image>')
        .slice(1)
        .map(() => image)
    : [];
}

describe('the nano samples', () => {
  const samples: { file: string; pytorch: string; tokens: number[] }[] = json(nano('samples/index.json'));
  const tokenizer = createTokenizer({
    modelBytes: readFileSync(nano('checkpoint/tokenizer.model')),
    addedTokens: json(nano('checkpoint/added_tokens.json')),
  });

  it.each(samples)('$file: the tokens give the stored text, whole and in deltas', ({ pytorch, tokens }) => {
    expect(tokenizer.decode(tokens)).toBe(pytorch);
    const detokenizer = createDetokenizer(tokenizer);
    expect(tokens.map((id) => detokenizer.push(id)).join('') + detokenizer.flush()).toBe(pytorch);
  });

  it('are there', () => expect(samples.length).toBeGreaterThan(0));
});

describe('the tokenizer-cases command', () => {
  afterEach(() => vi.restoreAllMocks());

  it('says how many cases are identical and exits with 0', async () => {
    const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    expect(await main([file('tokenizer.model').pathname, file('tokenizer-cases.json').pathname])).toBe(0);
    expect(written.mock.calls.map(([chunk]) => chunk)).toEqual(['346/346 identical\n']);
  });

  it('names each text that differs and exits with 1', async () => {
    const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    // The other model's vocabulary: only the empty text can agree.
    expect(await main([file('mini-tokenizer.model').pathname, file('tokenizer-cases.json').pathname])).toBe(1);
    const output = written.mock.calls.map(([chunk]) => chunk).join('');
    expect(output).toMatch(/case 2: " "\n {2}id 0 is \d+, expected 259/);
    expect(output).toMatch(/\n1\/346 identical\n$/);
  });

  it('exits with 1 and a sentence for a file that is not there or not a model', async () => {
    const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    expect(await main(['no-such.model', file('tokenizer-cases.json').pathname])).toBe(1);
    expect(await main([file('README.md').pathname, file('tokenizer-cases.json').pathname])).toBe(1);
    expect(await main([file('tokenizer.model').pathname, file('README.md').pathname])).toBe(1);
    expect(await main([file('tokenizer.model').pathname, nano('checkpoint/config.json').pathname])).toBe(1);
    const output = written.mock.calls.map(([chunk]) => chunk).join('');
    expect(output).toMatch(/no-such\.model/);
    expect(output).toMatch(/tokenizer\.model is damaged/);
    expect(output).toMatch(/config\.json holds no cases/);
  });

  it.each([[[]], [['one']], [['a', 'b', 'c']], [['--help', 'b']]])('explains itself and exits with 2 for %j', async (argv) => {
    const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    expect(await main(argv)).toBe(2);
    expect(written.mock.calls.map(([chunk]) => chunk).join('')).toMatch(/^Usage:/);
  });
});
