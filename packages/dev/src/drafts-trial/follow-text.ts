import { CheckedDrafts } from '@h2ovl/core/internal/generation/checked-drafts';
import type { DecoderSequence } from '@h2ovl/core/internal/generation/decoder-port';
import type { DraftSource } from '@h2ovl/core/internal/generation/draft-source';

/** What drafts did for one answer. */
export interface FollowedText {
  /** Tokens of the answer that came from runs: all but the first, which the prompt's own run gives. */
  tokens: number;
  runs: number;
  drafted: number;
  accepted: number;
  /** Milliseconds of processor time in the source, which other work on the machine does not lengthen. */
  makingMs: number;
}

export const nothingFollowed = (): FollowedText => ({ tokens: 0, runs: 0, drafted: 0, accepted: 0, makingMs: 0 });

const never = new AbortController().signal;
/** Enough for the longest run of all. */
const mostPositions = 64;

/** As if the model wrote just these tokens: everything but the model is what answers have. */
export async function followText(answer: readonly number[], source: DraftSource, vocabulary: number): Promise<FollowedText> {
  const followed = nothingFollowed();
  const timed = <T>(work: () => T): T => {
    const before = process.cpuUsage();
    const result = work();
    const { user, system } = process.cpuUsage(before);
    followed.makingMs += (user + system) / 1000;
    return result;
  };
  const drafts = new CheckedDrafts({
    accept: (token) => timed(() => source.accept(token)),
    propose: (count) => timed(() => source.propose(count)),
  });
  const logits = new Float32Array(mostPositions * vocabulary); // nobody looks at them: the answer is known
  let length = 0;
  const sequence = {
    get length() {
      return length;
    },
    extend: async (tokens: readonly number[]) => {
      followed.runs += 1;
      length += tokens.length;
      return logits;
    },
    truncate: (to: number) => {
      length = to;
    },
  } as unknown as DecoderSequence;
  for (let at = 0; at + 1 < answer.length; at += 1) {
    const [token, left] = [answer[at] as number, answer.length - at - 1];
    drafts.hear(token);
    await drafts.logitsBehind(sequence, { tokens: [token], left, vocabulary }, never);
    followed.tokens += 1;
  }
  followed.drafted = drafts.drafted;
  followed.accepted = drafts.accepted;
  return followed;
}

export function addFollowed(sum: FollowedText, more: FollowedText): void {
  for (const key of Object.keys(sum) as (keyof FollowedText)[]) sum[key] += more[key];
}
