/** What the library's options are called on the command line. */
const flags: Readonly<Record<string, string>> = {
  maxOutputTokens: '--max-tokens',
  endLoops: '--no-end-loops',
  stopSequences: '--stop',
  int8Limit: '--int8-limit',
  maxConcurrent: '--concurrency',
  maxCacheBytes: '--max-cache',
  maxPages: '--max-pages',
  maxBytes: '--max-bytes',
  maxPixels: '--max-pixels',
  maxMemoryBytes: '--max-memory',
  pageTimeoutMs: '--page-timeout',
  budgetMs: '--page-budget',
  pageBudgetMs: '--page-budget',
  documentBudgetMs: '--document-budget',
  documentTimeoutMs: '--document-timeout',
};

/** Puts a sentence of the library into the words of the command line: its flags, and commands as the program was started. */
export function inOwnWords(sentence: string, h2ovl: string): string {
  return sentence
    .replace(/(?<=\bmaxCacheBytes) when the model is loaded\b/g, '') // here it is loaded for each command
    .replace(/ \(in imageLimits [^)]*\)/, '') // here it is one flag
    .replace(/\bthe option ([a-z]+)\b/g, '--$1')
    .replace(/\b[a-z]+[A-Za-z0-9]*\b/g, (word) => (Object.hasOwn(flags, word) ? (flags[word] as string) : word))
    .replace(/\bpullModel\('([^']+)'\)/g, 'h2ovl pull $1')
    .replace(/\bprobeDevices\(\{ reprobe: true \}\)/g, 'h2ovl info --probe --reprobe')
    .replace(/\bprobeDevices\(\)/g, 'h2ovl info --probe')
    .replace(/\bpruneStore\(\)/g, 'h2ovl models prune')
    .replace(/\bverifyStore\(\['([^']+)'\]\)/g, 'h2ovl models verify $1')
    .replace(/\bremoveConverted\('([^']+)'\)/g, 'h2ovl models rm $1')
    .replace(/(?<![\w@/.-])h2ovl (?=(?:pull|models|convert|read|ask|info|doctor)\b)/g, () => `${h2ovl} `);
}
