import { listCpuFeatures } from '@h2ovl/core/internal/runtime/cpu-features';

/** What a goal looks at. */
export interface Achieved {
  readonly value: number;
  readonly ratio: number | null;
  /** Value over roof, or roof over value where smaller is better; null without a roof. */
  readonly roofShare: number | null;
}

export interface Goal {
  readonly text: string;
  /** Null when what it compares with was not measured. */
  readonly isMet: (achieved: Achieved) => boolean | null;
}

export interface GoalQuestion {
  readonly model: string;
  readonly work: string;
  readonly precision: string | null;
  readonly peer: string | undefined;
  /** See `Measurement.limit`. */
  readonly limit?: number;
}

/** Processors that multiply 8-bit numbers several times faster than others. */
type Processor = 'with VNNI' | 'without VNNI';

interface Rule {
  readonly work: string | RegExp;
  /** Beginning of the peer's name; undefined for goals without a peer, which hold whoever stands beside. */
  readonly peer?: string;
  readonly precision?: string;
  /** The processors it is set for; undefined for all. */
  readonly processor?: Processor;
  /** The models it is set for; undefined for all. */
  readonly models?: readonly string[];
  readonly goal: (question: GoalQuestion) => Goal;
}

const atLeast = (times: number): Goal => ({ text: `>= ${times}x`, isMet: ({ ratio }) => (ratio === null ? null : ratio >= times) });
const below = (limit: number, unit: string): Goal => ({ text: `< ${limit} ${unit}`, isMet: ({ value }) => value < limit });
/** Time as a share of the peer's. */
const timeShare = (limit: number): Goal => ({
  text: `<= ${limit} of its time`,
  isMet: ({ ratio }) => (ratio === null ? null : ratio >= 1 / limit),
});
const ofRoof = (share: number): Goal => ({
  text: `>= ${share * 100} % of roof`,
  isMet: ({ roofShare }) => (roofShare === null ? null : roofShare >= share),
});
const withinStep = ({ limit }: GoalQuestion): Goal => ({
  text: limit === undefined ? 'within a step' : `within a step (${limit.toFixed(0)} ms)`,
  isMet: ({ value }) => (limit === undefined ? null : value <= limit),
});

const small = ['0.8b'];
/** On nano a step takes a millisecond, and nothing is small against that. */
const published = ['0.8b', '2b'];

/** Each is judged at the precision that serves it best; with --precision others are shown without a verdict. */
const rules: readonly Rule[] = [
  { work: 'tile encode', precision: 'float32', models: small, goal: () => ofRoof(0.9) },
  { work: 'prefill 1800', peer: 'node-llama-cpp', precision: 'balanced', models: small, goal: () => atLeast(1.7) },
  { work: 'prefill 1800', peer: 'transformers.js q8', precision: 'balanced', models: small, goal: () => atLeast(1) },
  { work: 'tile encode', precision: 'int8', models: small, processor: 'with VNNI', goal: () => ofRoof(0.75) },
  { work: 'decode at 16', peer: 'node-llama-cpp', precision: 'fast', models: small, goal: () => atLeast(1.2) },
  // Both settings of flash attention stand beside: the better one decides.
  { work: 'decode at 2000', peer: 'node-llama-cpp', precision: 'fast', models: small, goal: () => atLeast(1.25) },
  { work: 'decode at 2000', peer: 'transformers.js', precision: 'fast', models: small, goal: () => atLeast(6) },
  { work: 'batched decode 8', peer: 'node-llama-cpp', precision: 'balanced', models: small, goal: () => atLeast(1.9) },
  { work: 'overhead per token', models: published, goal: () => below(5, '%') },
  { work: 'event loop held by computing', goal: () => ({ text: '<= 50 ms', isMet: ({ value }) => value <= 50 }) },
  { work: 'longest event-loop gap', goal: () => ({ text: '<= 50 ms', isMet: ({ value }) => value <= 50 }) },
  { work: 'peak memory of a page', precision: 'balanced', models: small, goal: () => below(2200, 'MB') },
  { work: 'peak memory of a page', precision: 'int8', models: small, goal: () => below(1400, 'MB') },
  { work: /^page,.* 500 out.*nano.*planned vision and drafts$/, models: small, processor: 'with VNNI', goal: () => timeShare(0.42) },
  { work: /^page,.* 100 out.*nano.*planned vision and drafts$/, models: small, processor: 'with VNNI', goal: () => timeShare(0.5) },
  { work: /^page,.* 500 out.*nano.*planned vision and drafts$/, models: small, processor: 'without VNNI', goal: () => timeShare(0.65) },
  { work: /^decode of 500 .*nano.* drafts$/, models: small, processor: 'with VNNI', goal: () => atLeast(2.5) },
  {
    work: 'peak memory of a page with plan, lines and drafts',
    models: small,
    goal: () => ({ text: '<= 1300 MB', isMet: ({ value }) => value <= 1300 }),
  },
  { work: 'load, second start', goal: () => below(1000, 'ms') },
  { work: 'cancel in prefill', goal: () => ({ text: '<= 300 ms', isMet: ({ value }) => value <= 300 }) },
  { work: 'cancel in decode', models: published, goal: withinStep },
  { work: 'lines of a page, 40 lines', peer: 'tesseract', goal: () => atLeast(1) },
  { work: 'schema, token p50 cold', goal: () => below(0.1, 'ms') },
  { work: 'schema, token p50 warm', goal: () => below(0.1, 'ms') },
  { work: 'schema, token p99 cold', goal: () => below(1, 'ms') },
  { work: 'schema, token p99 warm', goal: () => below(1, 'ms') },
  { work: 'schema, compile invoice', goal: () => below(50, 'ms') },
  { work: 'schema, compile 200 members', goal: () => below(300, 'ms') },
];

const thisProcessor = (): Processor => (listCpuFeatures().some((name) => name.endsWith('_vnni')) ? 'with VNNI' : 'without VNNI');

/** The goal of a row, if there is one. One that is set for other processors alone is named, and nothing here is judged by it. */
export function findGoal(question: GoalQuestion, processor: Processor = thisProcessor()): Goal | undefined {
  const matching = rules.filter(
    ({ work, peer, precision, models }) =>
      (typeof work === 'string' ? work === question.work : work.test(question.work)) &&
      (peer === undefined || question.peer?.startsWith(peer)) &&
      (precision === undefined || precision === question.precision) &&
      (models === undefined || models.includes(question.model)),
  );
  const rule = matching.find((one) => one.processor === undefined || one.processor === processor);
  if (rule !== undefined) return rule.goal(question);
  const [other] = matching;
  return other && { text: `${other.goal(question).text} ${other.processor}: not judged here`, isMet: () => null };
}
