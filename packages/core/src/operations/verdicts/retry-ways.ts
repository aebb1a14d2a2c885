import type { AttemptWay, GenerateOptions, GenerateResult } from '@h2ovl/contract';

/** Another way to ask the same. */
export interface RetryWay {
  readonly way: AttemptWay;
  readonly request: GenerateOptions<unknown>;
}

/** Enough to leave a loop, and too little to change what is read for sure. */
const smallTemperature = 0.2;
/** Any would do, as long as it is the same each time. */
const fixedSeed = 1;

/**
 * Other ways to ask about a page, in order: in fewer tiles, since a loop often hangs on how the page was cut; then with a little chance. Ways that the caller's own
 * options leave no room for are left out.
 */
export function retryWays(
  request: GenerateOptions<unknown>,
  first: Pick<GenerateResult<unknown>, 'images'> | undefined,
): readonly RetryWay[] {
  const ways: RetryWay[] = [];
  const most = Math.max(0, ...(first?.images?.[0]?.grids ?? []).map(({ columns, rows }) => columns * rows));
  if ((request.tiles ?? 'auto') === 'auto' && most > 1)
    ways.push({ way: 'other-tiles', request: { ...request, tiles: Math.ceil(most / 2) } });
  if ((request.temperature ?? 0) === 0) {
    ways.push({ way: 'temperature', request: { ...request, temperature: smallTemperature, seed: request.seed ?? fixedSeed } });
  }
  return ways;
}
