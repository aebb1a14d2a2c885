import { homedir } from 'node:os';
import { maxSentenceChars, shortenSentence } from '@h2ovl/contract';
import { cleanText } from './clean-text.ts';

/** Options of the library by the names of another interface. */
export type OptionWords = Readonly<Record<string, string>>;

/** Words of the library, and what an interface says instead. */
export type Rewording = readonly [pattern: RegExp, instead: string];

/** Sentences of the library about what only who loads the model, or opens the document, can do: a client of a server cannot. */
const ownersSentences: readonly Rewording[] = [
  [/,? or raise max(?:Bytes|Pixels) \(in imageLimits for pictures of a prompt, in the options of a document\)/g, ''],
  [/,? or raise (?:max(?:Bytes|Pixels|Pages|MemoryBytes)|pageTimeoutMs|documentTimeoutMs)\b/g, ''],
  [/ \(max(?:Bytes|Pixels|Pages|MemoryBytes)\)/g, ''],
  [/, for example with Buffer\.from\(bytes\)\.toString\("base64"\)/g, ''],
  [/with its cache limited to maxCacheBytes this model holds/g, 'this server holds'],
  [/the cache that maxCacheBytes allows/g, 'the memory of this server'],
  [/Raise maxCacheBytes when the model is loaded, lower/g, 'Lower'],
  [/Load the model with allowRemoteImages: true, or download/g, 'Download'],
];

/**
 * A sentence as a client is told it: in the words of its interface, without what hides or reorders characters, without the name of the home folder, and no
 * longer than a sentence may be. `own`: what this interface says in another way, also where others say nothing.
 */
export function tell(sentence: string, words: OptionWords, own: readonly Rewording[] = []): string {
  let text = shortenSentence(sentence, 4 * maxSentenceChars); // first: what follows takes time with its length
  for (const [pattern, instead] of [...own, ...ownersSentences]) text = text.replace(pattern, instead);
  text = text.replace(/\b[a-z]+[A-Z]\w*/g, (name) => (Object.hasOwn(words, name) ? (words[name] as string) : name));
  return shortenSentence(withoutHome(cleanText(text).text), maxSentenceChars);
}

function withoutHome(text: string): string {
  const home = homedir();
  return home.length > 1 ? text.replaceAll(home, '~') : text;
}
