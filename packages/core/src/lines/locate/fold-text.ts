/** Letters without marks above or below them that no decomposition gives, as those that readers write in their place. */
const standIns: Readonly<Record<string, string>> = { ß: 'ss', ø: 'o', ł: 'l', đ: 'd', ð: 'd', ħ: 'h', ı: 'i', æ: 'ae', œ: 'oe', þ: 'th' };

/** What a recogniser without these letters writes instead, where that is something else. */
const misreadings: Readonly<Record<string, string>> = { ß: 'b', ł: 't' };

/** Text as it is compared: lower case, letters and digits only, marks taken off, full-width forms as plain ones. */
export function foldText(text: string): string {
  const plain = text.toLowerCase().replace(/[ßøłđðħıæœþ]/g, (letter) => standIns[letter] ?? letter);
  return plain
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}

/** The ways in which a value may have been read: as it is, and with the letters that are read as others. Never an empty one. */
export function foldValue(value: string): readonly string[] {
  const misread = value.toLowerCase().replace(/[ßł]/g, (letter) => misreadings[letter] ?? letter);
  return [...new Set([foldText(value), foldText(misread)])].filter((folded) => folded !== '');
}

/** Whether a recogniser of Latin print could have read a folded text: without Greek, Chinese and other letters of their own. */
export function isJudged(folded: string): boolean {
  return /^[a-z0-9]+$/.test(folded);
}
