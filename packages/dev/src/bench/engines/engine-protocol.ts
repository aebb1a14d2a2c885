/** What the bench asks a child process. */
export interface EngineRequest {
  readonly id: number;
  readonly name: string;
  readonly params: unknown;
}

/** What it answers. */
export type EngineReply = { readonly id: number; readonly result: unknown } | { readonly id: number; readonly error: string };

/** The questions an engine answers, by name. Parameters are what the bench itself sent, so each handler states its own type. */
export type EngineHandlers = Readonly<Record<string, (params: never) => Promise<unknown> | unknown>>;

/** Opens what is to be measured. */
export type EngineStart = (params: never) => Promise<EngineHandlers>;

/** The kinds of child processes. */
export type EngineKind = 'language' | 'vision' | 'page' | 'generation' | 'load' | 'lines' | 'document' | 'roofs' | 'llama' | 'transformers';

/** Parameters of the questions that every language engine answers, ours and the peers'. */
export interface LanguageQuestions {
  /** Reads a prompt of random tokens; milliseconds. */
  readonly prefill: { readonly tokens: number };
  /** Opens `rows` sequences of `past` tokens each, to be stepped together, with room for `room` steps. */
  readonly open: { readonly past: number; readonly rows: number; readonly room: number };
  /** Takes `count` steps; milliseconds of each. */
  readonly steps: { readonly count: number };
  readonly close: Record<never, never>;
}

/** A known text that is written as if the model chose it; every run is one of the model. */
export interface ReplayQuestion {
  /** What is written, as much of it as `tokens` are. */
  readonly text: string;
  readonly tokens: number;
  /** What is proposed; undefined for an answer without drafts. */
  readonly draft: string | undefined;
  /** Tokens before it. */
  readonly past: number;
  /** Numbers of tokens at which the time is told on the way. */
  readonly marks?: readonly number[];
}

/** Milliseconds for the tokens behind the first, making the drafts included. */
export interface ReplayResult {
  readonly ms: number;
  /** Of reading the prompt and choosing the first token. */
  readonly prefillMs: number;
  /** Milliseconds behind the first token when as many tokens as the marks say were there. */
  readonly marksMs: readonly number[];
  /** The same two in processor time. */
  readonly processor: { readonly prefillMs: number; readonly marksMs: readonly number[] };
  /** Runs of the model behind the prompt's. */
  readonly runs: number;
  readonly tokens: number;
  readonly drafted: number;
  readonly accepted: number;
}

/** One run over several positions of a row, several times. Milliseconds of each. */
export interface PositionsQuestion {
  readonly positions: number;
  readonly past: number;
  readonly count: number;
}

/** Parameters of what ours answers alone. */
export interface AnswerQuestion {
  /** An answer, cut into what is read in one run each: one token that the model chose and those that had to follow it. Milliseconds of all. */
  readonly runs: readonly (readonly number[])[];
  /** Tokens before it. */
  readonly past: number;
}
