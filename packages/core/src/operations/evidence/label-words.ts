import { foldText } from '../../lines/locate/fold-text.ts';

/** Words that labels use for each other, in languages of Europe, folded. */
const sameWords: readonly (readonly string[])[] = [
  ['number', 'no', 'nr', 'num', 'numero', 'nummer', 'id'],
  ['date', 'datum', 'fecha', 'data'],
  ['total', 'gesamt', 'gesamtbetrag', 'summe', 'totale', 'endbetrag', 'totaal'],
  ['subtotal', 'zwischensumme', 'net', 'netto', 'nettobetrag'],
  ['tax', 'vat', 'mwst', 'ust', 'iva', 'tva', 'btw', 'moms'],
  ['due', 'faellig', 'fallig', 'echeance'],
  ['amount', 'betrag', 'montant', 'importe', 'importo'],
  ['phone', 'tel', 'telephone', 'telefon', 'telefono'],
  ['quantity', 'qty', 'menge', 'qte', 'anzahl', 'pcs'],
  ['invoice', 'rechnung', 'rechnungs', 'facture', 'factura', 'fattura'],
  ['name', 'nom', 'nombre', 'nome'],
  ['price', 'preis', 'prix', 'precio', 'prezzo'],
  ['birth', 'born', 'geboren', 'geburtsdatum'],
  ['city', 'town', 'ort', 'ville', 'ciudad'],
  ['buyer', 'customer', 'client', 'kunde', 'bill'],
  ['seller', 'company', 'vendor', 'firma'],
  ['payment', 'paid', 'zahlung', 'paiement'],
];

/** Words of names and descriptions that say nothing of a label. */
const empty = new Set(['as', 'printed', 'the', 'of', 'a', 'an', 'in', 'on', 'and', 'or', 'to', 'is', 'its', 'one', 'with', 'page']);
const mostNames = 12;

const groupOf = new Map(sameWords.flatMap((group) => group.map((word) => [word, group[0] as string] as const)));

/** What a value is called, each as its words: by its name, and by its schema's title and description. */
export function namesOf(keys: readonly (string | number)[], texts: readonly string[]): readonly (readonly string[])[] {
  const name = keys.findLast((key) => typeof key === 'string') ?? '';
  const spoken = String(name).replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2');
  return [spoken, ...texts].map((text) => wordsOf(text).slice(0, mostNames)).filter((words) => words.length > 0);
}

function wordsOf(text: string): readonly string[] {
  return text
    .split(/[^\p{L}\p{N}]+/u)
    .map(foldText)
    .filter((word) => word !== '' && !empty.has(word));
}

/** How well words on a page name a value, 0 to 1: all words of one of its names, and nothing else, is 1. */
export function rateLabel(names: readonly (readonly string[])[], label: string): number {
  const words = wordsOf(label);
  return words.length === 0 ? 0 : Math.max(0, ...names.map((name) => rateName(name, words)));
}

function rateName(name: readonly string[], words: readonly string[]): number {
  if (words.join('') === name.join('')) return 1;
  const said = name.filter((part) => words.some((word) => isSame(part, word))).length / name.length;
  const meant = words.filter((word) => name.some((part) => isSame(part, word))).length / words.length;
  return said * (0.7 + 0.3 * meant);
}

function isSame(name: string, word: string): boolean {
  if (name === word || (groupOf.get(name) ?? name) === (groupOf.get(word) ?? word)) return true;
  const [short, long] = name.length < word.length ? [name, word] : [word, name];
  return short.length >= 3 && long.startsWith(short);
}
