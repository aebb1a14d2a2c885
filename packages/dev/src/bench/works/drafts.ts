import { type BenchContext, type Contestant, preparedModel, sampleInTurns, samplesOf, startEngine } from '../bench-context.ts';
import type { PositionsQuestion, ReplayQuestion, ReplayResult } from '../engines/engine-protocol.ts';
import type { BenchEngine } from '../engines/open-engine.ts';
import { variantsOf } from '../judged-variants.ts';
import { knownTexts } from '../known-texts.ts';
import { median } from '../statistics.ts';

/** A page of the 0.8B and its question. */
const past = 1815;
const answerLengths = [100, 500];
const positions = [1, 2, 4, 8, 16];
const runs = { full: 12, quick: 4 } as const;
const leadRuns = 2;

/**
 * What drafts save. A model with random weights would accept none: known texts are replayed, each token as if the model chose it, beside what the line reader
 * read of the same drawn pages (recorded in `known-texts.ts`). Every run and all making of drafts is real; the line reader's own time is not in it.
 */
export async function measureDrafts(context: BenchContext): Promise<void> {
  for (const variant of variantsOf('drafts', context.options)) {
    context.progress.show(`drafts ${variant}: opening`);
    const engine = await startEngine(context, 'language', {
      directory: preparedModel(context, variant).directory,
      threads: context.threads,
    });
    try {
      await measurePositions(context, engine, variant);
      for (const tokens of answerLengths) await measureReplay(context, engine, variant, tokens);
    } finally {
      await engine.close();
    }
  }
}

/** One run over several positions of a row, with all logits, against one over a single position. */
async function measurePositions(context: BenchContext, engine: BenchEngine, precision: string): Promise<void> {
  const count = context.options.quick ? runs.quick : runs.full;
  const nameOf = (size: number): string => `run of ${size} at ${past}`;
  const contestants = positions.map(
    (size): Contestant => ({
      name: nameOf(size),
      sample: async () => {
        const question: PositionsQuestion = { positions: size, past, count: leadRuns + count };
        return median((await engine.ask<readonly number[]>('positions', question)).slice(leadRuns));
      },
    }),
  );
  const { samples, othersShare } = await sampleInTurns(context, `drafts ${precision}`, contestants);
  const single = { peer: 'a run of 1', samples: samplesOf(samples, nameOf(1)) };
  for (const size of positions) {
    const measured = { work: nameOf(size), precision, unit: 'ms', samples: samplesOf(samples, nameOf(size)), othersShare } as const;
    context.add(size === 1 ? measured : { ...measured, peers: [single] });
  }
}

async function measureReplay(context: BenchContext, engine: BenchEngine, precision: string, tokens: number): Promise<void> {
  const [text, read] = [knownTexts.map((page) => page.text).join('\n'), knownTexts.map((page) => page.read).join('\n')];
  const drafts: Readonly<Record<string, string | undefined>> = {
    'without drafts': undefined,
    "drafts from the line reader's text": read,
    "drafts from the page's own text": text,
    'drafts of which none is right': 'zq '.repeat(500),
  };
  const accepted = new Map<string, number>();
  const contestants = Object.entries(drafts).map(
    ([name, draft]): Contestant => ({
      name,
      sample: async () => {
        const result = await engine.ask<ReplayResult>('replay', { text, tokens, draft, past } satisfies ReplayQuestion);
        accepted.set(name, result.accepted / result.tokens);
        return result.ms;
      },
    }),
  );
  const { samples, othersShare } = await sampleInTurns(context, `drafts ${precision}, ${tokens} tokens`, contestants);
  const plain = { peer: 'without drafts', samples: samplesOf(samples, 'without drafts') };
  for (const name of Object.keys(drafts)) {
    const work = `answer of ${tokens} at ${past}, replayed: ${name}`;
    const measured = { work, precision, unit: 'ms', samples: samplesOf(samples, name), othersShare } as const;
    context.add(name === plain.peer ? measured : { ...measured, peers: [plain] });
    if (name !== plain.peer) context.progress.note(`${work}: ${((accepted.get(name) ?? 0) * 100).toFixed(0)} % of the tokens were drafted`);
  }
}
