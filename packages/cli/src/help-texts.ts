/** The first words that mean something. */
export const commandNames = ['read', 'ask', 'convert', 'models', 'info', 'eval', 'quality'] as const;

export type CommandName = (typeof commandNames)[number];

/** What a help page says before and after its list of options. */
interface HelpText {
  readonly description: string;
  readonly after: string;
}

/** The help page of the program and of each command. */
export const helpTexts: Readonly<Record<'program' | CommandName, HelpText>> = {
  program: {
    description: 'Reads documents with the H2OVL-Mississippi vision-language models, on this machine: no page leaves it.',
    after: `
Examples:
  h2ovl read receipt.png
  h2ovl read scans/*.jpg --json > texts.jsonl
  h2ovl ask receipt.png "What is the total?"

Results go to standard output, everything else to standard error.
Exit codes: 0 done, 1 something failed, 2 wrong usage, 130 stopped by Ctrl-C.
Environment: H2OVL_MODEL (model), H2OVL_HOME (folder of converted models), H2OVL_LOG_LEVEL=debug (show where an error comes from).
h2ovl COMMAND --help tells more.`,
  },

  read: {
    description: 'Print the text of images.',
    after: `
Several files are printed under a line ==> file <== each. With --json there is one line per file:
  { "file", "text", "finishReason", "usage", "timings", "model", "warnings" } or { "file", "error": { "code", "message", "hint" } }
A file that cannot be read is reported, the others are still read, and the exit code is 1.

Examples:
  h2ovl read receipt.png
  h2ovl read page-1.png page-2.png --model ./h2ovl-mississippi-800m
  curl -s https://example.org/page.png | h2ovl read -`,
  },

  ask: {
    description: 'Answer a question about each image, or about all of them together.',
    after: `
Output is that of h2ovl read; with --together the JSON has "files" in place of "file".

Examples:
  h2ovl ask receipt.png "What is the total?"
  h2ovl ask invoices/*.png "What is the date?" --json
  h2ovl ask before.png after.png "What has changed?" --together`,
  },

  convert: {
    description: 'Convert an original checkpoint, before its first use or for another machine.',
    after: `
The other commands do this by themselves when they meet a checkpoint for the first time.
Precision: exact (weights as the checkpoint stores them), balanced (language part in 8 bits), fast (4 bits where the model bears it).

Examples:
  h2ovl convert ./h2ovl-mississippi-800m
  h2ovl convert ./h2ovl-mississippi-2b ./converted-2b --precision balanced`,
  },

  models: {
    description: 'List the converted models in the cache, or remove them.',
    after: `
Examples:
  h2ovl models
  h2ovl models rm --all`,
  },

  info: {
    description: 'Tell what the model is, how it runs here and why, and where its files are.',
    after: `
Examples:
  h2ovl info
  h2ovl info --model ./h2ovl-mississippi-800m --verify`,
  },

  eval: {
    description: 'Measure how well a model reads your own pages.',
    after: `
The folder holds images and index.json: [{ "file", "question", "answer" }]; without a question the page is read.
CER and WER are edits over characters (words) of the answers, of all samples together; both texts are normalised first (NFC, line ends,
outer white space). A sample that cannot be read counts as an empty text.
With --json: { "model", "overall": { "cer", "wer", "exact", "files" }, "files": [{ "file", "question", "answer", "text", "cer", "wer", "exact", "finishReason" }] }

Examples:
  h2ovl eval ./my-pages
  h2ovl eval ./my-pages --limit 10 --json > report.json`,
  },

  quality: {
    description: 'Measure what a smaller precision costs, against the exact one.',
    after: `
Every precision predicts the next token of the same texts: the answers in the folder's index.json (as for h2ovl eval), or with a folder of
images what the exact model answers, or without a folder random ids; nano brings pages of its own. With answers, each precision also reads
the pages freely and CER is compared. Conversions stay in the cache (h2ovl models).

Examples:
  h2ovl quality
  h2ovl quality ./my-pages --model ./h2ovl-mississippi-800m --compare fast
  h2ovl quality --compare balanced,float32-int4-int4,int8-int8-int8 --json`,
  },
};
