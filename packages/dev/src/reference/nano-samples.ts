import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** One page and what is on it. */
export interface NanoSample {
  readonly file: string;
  readonly question: string;
  /** What was drawn. */
  readonly answer: string;
  /** What PyTorch reads, and its tokens. */
  readonly pytorch: string;
  readonly tokens: readonly number[];
  readonly finish: string;
  /** Smallest difference of the two best logits on the way. */
  readonly smallest_margin: number;
}

const samplesSchema: z.ZodType<readonly NanoSample[]> = z.array(
  z.object({
    file: z.string(),
    question: z.string(),
    answer: z.string(),
    pytorch: z.string(),
    tokens: z.array(z.int()),
    finish: z.string(),
    smallest_margin: z.number(),
  }),
);

/** The pages drawn for the nano checkpoint, with what PyTorch reads on them. */
export async function readNanoSamples(folder: string): Promise<readonly NanoSample[]> {
  return samplesSchema.parse(JSON.parse(await readFile(join(folder, 'index.json'), 'utf8')));
}
