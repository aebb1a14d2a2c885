import type { AttemptWay, GenerateOptions } from '@h2ovl/contract';
import type { OtherPrompts, PagePrompt } from '../pages/show-to-model.ts';

/** Another way to ask the same. */
export interface RetryWay {
  readonly way: AttemptWay;
  readonly request: GenerateOptions<unknown>;
  /** Another model to ask, where the page is shown in parts. */
  readonly model?: PagePrompt['model'];
}

/** Enough to leave a loop, and too little to change what is read for sure. */
const smallTemperature = 0.2;
/** Any would do, as long as it is the same each time. */
const fixedSeed = 1;

/**
 * Other ways to ask about a page, in order: in fewer tiles, since a loop often hangs on how the page was cut; in parts, which show less of it at a time; then
 * with a little chance. Ways that the caller's own options leave no room for are left out, and each is made ready when it is its turn.
 * @param others undefined where the caller chose the tiles
 */
export async function* retryWays(request: GenerateOptions<unknown>, others: OtherPrompts | undefined): AsyncGenerator<RetryWay, void> {
  if (others !== undefined) {
    const most = await others.tileCount();
    if (most > 1) yield { way: 'other-tiles', request: { ...request, tiles: Math.ceil(most / 2) } };
    const parts = await others.inParts();
    if (parts !== undefined) yield { way: 'crops', model: parts.model, request: { ...request, images: parts.images } as typeof request };
  }
  if ((request.temperature ?? 0) === 0) {
    yield { way: 'temperature', request: { ...request, temperature: smallTemperature, seed: request.seed ?? fixedSeed } };
  }
}
