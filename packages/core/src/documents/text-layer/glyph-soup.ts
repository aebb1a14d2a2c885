/** Fewer characters prove nothing. */
const minCharacters = 20;
const minWords = 8;
/** Signs that prose, tables and addresses hardly use. */
const oddSigns = /[#$&*+<=>@[\\\]^_`{|}~¤¦§¨¬¯±¶¸¿×÷]/gu;
const maxOddShare = 0.2;
const maxVowellessShare = 0.6;
const maxBrokenWordShare = 0.3;

/**
 * Whether text is what a font without an honest letter table leaves behind: signs in place of letters, words that nobody could say. Only for
 * writing with Latin letters; numbers prove nothing either way.
 */
export function looksLikeSoup(text: string): boolean {
  const solid = text.replace(/\s/gu, '');
  if (solid.length < minCharacters) return false;
  if ((solid.match(oddSigns)?.length ?? 0) > maxOddShare * solid.length) return true;
  const words = text.split(/\s+/u);
  const latin = words.filter((word) => /^\p{Script=Latin}{4,}$/u.test(word));
  const vowelless = latin.filter((word) => !/[aeiouyàâãäåæèéêëìíîïòóôõöøœùúûüýÿąęőűıů]/iu.test(word.normalize('NFC')));
  if (latin.length >= minWords && vowelless.length > maxVowellessShare * latin.length) return true;
  // A sign between letters, as in "t#e": real text has it in addresses and formulas only.
  const broken = words.filter((word) => /\p{L}[#$&*+<=>^{|}~]\p{L}/u.test(word));
  return words.length >= minWords && broken.length > maxBrokenWordShare * words.length;
}
