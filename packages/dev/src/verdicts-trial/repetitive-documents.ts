import { Random } from '../lines-trial/random.ts';

/** A document that rightly says the same many times. */
export interface RepetitiveDocument {
  readonly kind: string;
  readonly text: string;
}

const goods = ['Espresso', 'Cappuccino', 'Bolt M6 x 40', 'Copy paper A4', 'Washer 8 mm', 'Rye bread', 'Apple juice 0.2 l', 'Cable tie'];
const chorus = [
  'Oh when the night comes down',
  'la la la la la la',
  'we sing it once again',
  'hey hey hey',
  'and the river runs to the sea',
];

const price = (random: Random): string => `${random.whole(0, 99)}.${String(random.whole(0, 99)).padStart(2, '0')}`;
const times = (count: number, make: (index: number) => string): string[] => Array.from({ length: count }, (_, index) => make(index));
const clock = (minutes: number): string =>
  `${String(Math.floor(minutes / 60) % 24).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

const kinds: Readonly<Record<string, (random: Random) => readonly string[]>> = {
  'price list': (random) => {
    const item = random.pick(goods);
    return times(random.whole(10, 40), () => `${random.chance(0.8) ? item : random.pick(goods)} ${price(random)} EUR`);
  },
  'equal rows': (random) => {
    const row = `${random.pick(goods)} ${price(random)}`;
    return times(random.whole(4, 25), () => row);
  },
  timetable: (random) => {
    const [from, step] = [random.whole(240, 400), random.pick([5, 10, 12, 15, 20, 30])];
    return times(random.whole(10, 30), (row) => times(random.whole(5, 9), (at) => clock(from + row * step + at * 7)).join(' '));
  },
  'numbered list': (random) => {
    const entry = random.pick(['To be confirmed', 'Not applicable', 'Signature of the witness', 'Date and place']);
    return times(random.whole(8, 40), (index) => `${index + 1}. ${entry}`);
  },
  'form with empty rows': (random) => [
    'Name | Date | Amount',
    ...times(random.whole(8, 20), () => random.pick(['|  |  |  |', '|  |  |  |', '|  |  |  |'])),
    'Total',
  ],
  'form with rules': (random) =>
    times(
      random.whole(6, 20),
      (index) =>
        `${random.pick(['Name', 'First name', 'Street', 'Place'])} ${index % 3 === 0 ? '' : ''}${'_'.repeat(random.whole(20, 60))}`,
    ),
  'table of contents': (random) =>
    times(
      random.whole(12, 40),
      (index) => `${index + 1} ${random.pick(goods)} ${'.'.repeat(random.whole(30, 90))} ${index * 3 + random.whole(1, 3)}`,
    ),
  'dotted by blanks': (random) =>
    times(random.whole(10, 25), (index) => `${random.pick(goods)} ${'. '.repeat(random.whole(15, 35))}${index + 4}`),
  'table of zeros': (random) =>
    times(random.whole(10, 30), () => times(random.whole(5, 10), () => random.pick(['0', '0', '0', '0.00'])).join(' ')),
  lyrics: (random) => {
    const refrain = times(random.whole(1, 4), () => random.pick(chorus));
    return Array.from({ length: random.whole(3, 6) }, () => [...refrain, ...(random.chance(0.5) ? refrain : [random.pick(goods)])]).flat();
  },
  'refrain in a row': (random) => {
    const line = random.pick(chorus);
    return times(random.whole(6, 20), () => line);
  },
  'rows of a measurement': (random) => {
    const names = times(random.whole(2, 4), () => random.pick(['Temp', 'Flow', 'Level', 'Load']));
    return times(
      random.whole(10, 40),
      (index) => `${index + 1} ${names.map((name) => `${name} ${random.whole(0, 9)}.${random.whole(0, 9)}`).join(' ')} ok`,
    );
  },
  'markdown table': (random) => [
    '| a | b | c |',
    '| --- | --- | --- |',
    ...times(random.whole(10, 25), () => `| ${price(random)} | n/a | n/a |`),
  ],
};

export const repetitiveKinds: readonly string[] = Object.keys(kinds);

/** Documents of all kinds in turn. */
export function* listRepetitiveDocuments(count: number, firstSeed: number): Generator<RepetitiveDocument> {
  for (let index = 0; index < count; index += 1) {
    const kind = repetitiveKinds[index % repetitiveKinds.length] as string;
    const lines = (kinds[kind] as (random: Random) => readonly string[])(new Random(firstSeed + index));
    yield { kind, text: `${lines.join('\n')}\n` };
  }
}

/** A text as a line reader gives it: some letters are others, some lines are missing, and leaders are not seen. */
export function asLinesRead(text: string, seed: number): string {
  const random = new Random(seed);
  const lines = text.split('\n').filter((line) => line !== '' && !random.chance(0.03));
  return lines
    .map((line) =>
      line
        .replace(/[._|-]{3,}|(?:\. ){3,}/g, ' ')
        .replace(/[a-z0-9]/gi, (letter) => (random.chance(0.015) ? random.pick(['o', 'l', '1', 'e', '']) : letter)),
    )
    .join('\n');
}
