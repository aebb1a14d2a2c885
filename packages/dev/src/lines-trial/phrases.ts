import type { Random } from './random.ts';

const words =
  `the of and to in is that for it as was with be by on not he his but at are this have from or had an they which one you were all her she there
would their we him been has when who will no more if out so up said what its about than into them can only other time new some could these two may first then do
any like my now over such our man me even most made after also did many off before must well back through years much where your way down should because long
each just state those people too little good very make world still see own work men day get here old life both between being under three never know same last
another while us might great go come since against right came take used himself few house use place during high without again home around small however found
part school number public system later course hand water room order company report account payment delivery contract section office morning letter question answer
service customer balance quarter annual meeting street station market garden window paper winter summer island bridge village river kitchen`
    .split(/\s+/)
    .filter(Boolean);
const names = [
  'Miller',
  'Novak',
  'Okafor',
  'Brandt',
  'Silva',
  'Harper',
  'Lindgren',
  'Moreau',
  'Tanaka',
  'Weber',
  'Castro',
  'Doyle',
  'Fischer',
  'Grant',
];
const firstNames = ['Anna', 'Carlos', 'Emma', 'Jonas', 'Lena', 'Mark', 'Nina', 'Oscar', 'Paula', 'Rita', 'Samuel', 'Tom', 'Vera', 'Walter'];
const firms = [
  'Hardware',
  'Market',
  'Bakery',
  'Electric',
  'Logistics',
  'Pharmacy',
  'Garden Centre',
  'Books',
  'Printing',
  'Auto Parts',
  'Coffee House',
];
const endings = ['Ltd', 'Inc.', 'GmbH', 'S.A.', 'B.V.', '& Sons', 'Group', ''];
const streets = [
  'Station Road',
  'Mill Lane',
  'High Street',
  'Victoria Road',
  'Park Avenue',
  'Bahnhofstr.',
  'Rue du Port',
  'Via Roma',
  'Harbour Street',
];
const towns = [
  'Springfield',
  'Salem',
  'Milano',
  'Hamburg',
  'Leeds',
  'Porto',
  'Georgetown',
  'Rotterdam',
  'Dublin',
  'Seattle',
  'Cork',
  'Bergen',
];
const goods =
  `Coffee beans 1kg|Green tea|Paper towels|Printer cartridge XL|USB cable 2m|Desk lamp|Garden hose|Paint brush|Olive oil|Whole milk|Brown bread|
Orange juice|Batteries AA|Notebook A5|Envelope C5|Work gloves|Light bulb E27|Extension cord|Screwdriver set|Wood glue|Cheddar cheese|Tomato soup|Sparkling water|
Shampoo|Toothpaste|Chocolate bar|Running shoes|T-Shirt|Rain jacket|Bicycle tube`
    .split('|')
    .map((item) => item.trim());

export function sentence(random: Random, letters: number): string {
  const parts: string[] = [];
  let length = 0;
  while (length < letters) {
    const word = random.pick(words);
    const isFirst = parts.length === 0 || parts.at(-1)?.endsWith('.') === true;
    const ended = random.chance(0.08) ? `${word}.` : random.chance(0.06) ? `${word},` : word;
    parts.push(isFirst ? ended.charAt(0).toUpperCase() + ended.slice(1) : ended);
    length += ended.length + 1;
  }
  return parts.join(' ');
}

export const person = (random: Random): string =>
  `${random.pick(firstNames)} ${random.chance(0.3) ? `${random.pick(['B', 'J', 'M'])}. ` : ''}${random.pick(names)}`;
export const firm = (random: Random): string => `${random.pick(names)} ${random.pick(firms)} ${random.pick(endings)}`.trim();
export const street = (random: Random): string => `${random.whole(1, 240)} ${random.pick(streets)}`;
export const town = (random: Random): string => `${random.whole(10000, 99999)} ${random.pick(towns)}`;
export const good = (random: Random): string => random.pick(goods);

/** In the spelling of a country: 1,234.50 or 1.234,50. */
export function money(cents: number, isContinental: boolean): string {
  const [whole, part] = (cents / 100).toFixed(2).split('.') as [string, string];
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, isContinental ? '.' : ',');
  return `${grouped}${isContinental ? ',' : '.'}${part}`;
}

const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];

/** A date, and how a page writes it. */
export function date(random: Random): { readonly iso: string; readonly written: string } {
  const [year, month, day] = [random.whole(2012, 2026), random.whole(1, 12), random.whole(1, 28)];
  const [mm, dd] = [String(month).padStart(2, '0'), String(day).padStart(2, '0')];
  const name = months[month - 1] as string;
  const written = random.pick([
    `${dd}.${mm}.${year}`,
    `${dd}/${mm}/${year}`,
    `${year}-${mm}-${dd}`,
    `${day} ${name} ${year}`,
    `${name.slice(0, 3)} ${day}, ${year}`,
  ]);
  return { iso: `${year}-${mm}-${dd}`, written };
}

export function code(random: Random, pattern: string): string {
  return pattern.replace(/[A9]/g, (kind) => (kind === '9' ? String(random.whole(0, 9)) : random.pick([...'ABCDEFGHJKLMNPRSTUVWXYZ'])));
}

/** Lines of seven languages with their letters and signs. */
export const foreignLines: Readonly<Record<string, readonly string[]>> = {
  German: [
    'Größe und Maß: 12,50 €',
    'Übergabe an die Müller Söhne',
    'Straße des Friedens 8, Köln',
    'Fällig am 3. März, höchstens',
    'Öffnungszeiten für Gäste',
  ],
  French: [
    'Été à la plage, forêt et château',
    'Reçu : 1 204,90 €',
    'Où êtes-vous allé hier ?',
    'Le garçon a mangé la pêche',
    'Noël chez les Lefèvre',
  ],
  Spanish: [
    '¿Cuántos años tiene el niño?',
    'Mañana será otro día, señor',
    'Precio: 45,00 € por página',
    'Dirección: Calle Muñoz 7',
    'Ávila, Córdoba y León',
  ],
  Portuguese: [
    'Não há informação disponível',
    'São João da Ponte, Açores',
    'Preço: 9,99 € à vista',
    'Coração e emoção também',
    'Órgão de comunicação',
  ],
  Swedish: ['Åtta små grodor på ön', 'Räkning för köpet: 85,00 kr', 'Välkommen till Malmö', 'Färdig före måndag', 'Östra Ågatan 12'],
  Polish: ['Łódź, ulica Świętej Anny', 'Zażółć gęślą jaźń', 'Cena: 19,99 zł z dostawą', 'Wrocław i Gdańsk', 'Dziękujemy, państwo Nowak'],
  English: ['Total due: £1,250.00', 'Paid £12.50 by card', 'Café Zoë, naïve façade', 'Change £0.05', 'Refund of £99 or €110'],
};
