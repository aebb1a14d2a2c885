const longestName = 200;

/** A name as a message says it: the beginning of one that is too long to be one, such as a mistaken megabyte of base64, and in quotes where it is blank. */
export function shortenName(name: string): string {
  if (name.length > longestName) return `${name.slice(0, longestName - 60)}… (${name.length} characters)`;
  return name.trim() === '' ? JSON.stringify(name) : name;
}

/** Characters of the longest sentence of a failure, as every interface tells it: it may repeat what was sent. */
export const maxSentenceChars = 1000;

/** The beginning and the end of a sentence that repeats what was sent, and how many characters are left out between them. */
export function shortenSentence(sentence: string, maxChars: number): string {
  if (sentence.length <= maxChars) return sentence;
  const half = Math.floor(maxChars / 2) - 10;
  return `${sentence.slice(0, half)} [${sentence.length - 2 * half} characters] ${sentence.slice(-half)}`;
}
