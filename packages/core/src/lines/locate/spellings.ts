import { foldText } from './fold-text.ts';

/** Signs and names of money around a number. */
const money =
  /^(?:[€£$¥]|EUR|USD|GBP|CHF|JPY|SEK|NOK|DKK|PLN|CZK|HUF|Rs\.?)\s*|\s*(?:[€£$¥%]|EUR|USD|GBP|CHF|JPY|SEK|NOK|DKK|PLN|CZK|HUF|kr|z[łl])$/gi;

/** A number as people write it: digits, grouped in threes by a dot, a comma, an apostrophe or a blank, and a fraction behind a dot or a comma. */
const grouped = /^(\d{1,3})((?:[.,'’\s\u00a0\u202f]\d{3})+)(?:([.,])(\d{1,4}))?$/;
const plain = /^(\d+)(?:([.,])(\d+))?$/;

/**
 * The numbers that a text may stand for, without their sign: "1.234" is 1234 for some and 1.234 for others. Empty where it is no number.
 * They are written alike, without needless zeros, so that they can be compared.
 */
export function numbersIn(text: string): ReadonlySet<string> {
  const bare = text
    .trim()
    .replace(money, '')
    .trim()
    .replace(/^[-+−]|[-+−]$/g, '')
    .trim();
  const numbers = new Set<string>();
  const groups = grouped.exec(bare);
  if (groups !== null) {
    const [, head = '', tail = '', point, fraction = ''] = groups;
    const marks = new Set(tail.replace(/\d/g, ''));
    // All groups are parted by the same mark, which is not that of the fraction.
    if (marks.size === 1 && (point === undefined || !marks.has(point))) numbers.add(writeNumber(head + tail.replace(/\D/g, ''), fraction));
  }
  const simple = plain.exec(bare);
  if (simple !== null) numbers.add(writeNumber(simple[1] ?? '', simple[3] ?? ''));
  return numbers;
}

function writeNumber(whole: string, fraction: string): string {
  const head = whole.replace(/^0+(?=\d)/, '');
  const tail = fraction.replace(/0+$/, '');
  return tail === '' ? head : `${head}.${tail}`;
}

/** Names of the months in languages of Europe, folded; the first three letters of a name stand for it, too. */
const monthNames: readonly (readonly string[])[] = [
  ['january', 'januar', 'janvier', 'enero', 'gennaio', 'janeiro', 'januari', 'stycznia'],
  ['february', 'februar', 'fevrier', 'febrero', 'febbraio', 'fevereiro', 'februari', 'lutego'],
  ['march', 'marz', 'maerz', 'mars', 'marzo', 'marco', 'maart', 'marca'],
  ['april', 'avril', 'abril', 'aprile', 'kwietnia'],
  ['may', 'mai', 'mayo', 'maggio', 'maio', 'mei', 'maj', 'maja'],
  ['june', 'juni', 'juin', 'junio', 'giugno', 'junho', 'czerwca'],
  ['july', 'juli', 'juillet', 'julio', 'luglio', 'julho', 'lipca'],
  ['august', 'aout', 'agosto', 'augustus', 'augusti', 'sierpnia'],
  ['september', 'septembre', 'septiembre', 'settembre', 'setembro', 'wrzesnia'],
  ['october', 'oktober', 'octobre', 'octubre', 'ottobre', 'outubro', 'pazdziernika'],
  ['november', 'novembre', 'noviembre', 'novembro', 'listopada'],
  ['december', 'dezember', 'decembre', 'diciembre', 'dicembre', 'dezembro', 'grudnia'],
];

/** The month a name stands for, 1 to 12; its first three letters are enough. */
export function monthOf(name: string): number | undefined {
  const folded = foldText(name);
  const at =
    folded.length < 3
      ? -1
      : monthNames.findIndex((names) => names.some((full) => full === folded || full.slice(0, Math.max(3, folded.length)) === folded));
  return at === -1 ? undefined : at + 1;
}

/** How people write a date that is given as year, month and day (2024-03-05), folded as `foldText` does. Empty where it is no such date. */
export function spellDate(value: string): readonly string[] {
  const [, year = '', month = '', day = ''] = /^(\d{4})-(\d{2})-(\d{2})(?:T.*)?$/.exec(value.trim()) ?? [];
  const names = monthNames[Number(month) - 1];
  if (names === undefined || Number(day) < 1 || Number(day) > 31) return [];
  const spellings: string[] = [];
  const [m, d] = [String(Number(month)), String(Number(day))];
  for (const y of [year, year.slice(2)]) {
    for (const [days, months] of [
      [day, month],
      [d, m],
    ] as const) {
      spellings.push(`${days}${months}${y}`, `${months}${days}${y}`, `${y}${months}${days}`);
    }
    for (const name of names.flatMap((full) => [full, full.slice(0, 3), full.slice(0, 4)])) {
      for (const days of [day, d]) {
        spellings.push(`${days}${name}${y}`, `${name}${days}${y}`, `${y}${name}${days}`, `${days}de${name}de${y}`);
        for (const ending of ['st', 'nd', 'rd', 'th', 'er']) spellings.push(`${days}${ending}${name}${y}`, `${name}${days}${ending}${y}`);
      }
    }
  }
  return [...new Set(spellings)];
}
