import { type Placement, type TriedDevice, trialPageSeconds } from './device-facts.ts';

/** Which devices compute when nobody says, and why. */
export interface Judgement {
  readonly device: Placement;
  /** One sentence. */
  readonly why: string;
  /** Whether the GPU is there and failed, which its owner should hear of. */
  readonly isFault: boolean;
}

/** What there is to choose from, in general and where the GPU is too small for a whole model. */
const allPlacements: readonly Placement[] = ['webgpu', 'cpu', 'webgpu:vision'];
export const placementsOfPart: readonly Placement[] = ['cpu', 'webgpu:vision'];

/** Two devices take a conversion of their own and twice the ways to fail: they must take less than this part of the best single one's time. */
const worthTwoDevices = 0.9;

/**
 * The fastest of `placements` that computes rightly; a device in software is never taken, since it only takes the processor's time in a slower way.
 */
export function judgeDevice(tried: TriedDevice | string, placements: readonly Placement[] = allPlacements): Judgement {
  if (typeof tried === 'string') return { device: 'cpu', why: `The CPU computes. ${tried}`, isFault: false };
  const { state, reason, adapter, speeds } = tried;
  if (state === 'crashed' || state === 'hung' || state === 'wrong') {
    const why = `The CPU computes, since the GPU cannot be trusted: ${reason} Another try: probeDevices({ reprobe: true }).`;
    return { device: 'cpu', why, isFault: true };
  }
  if (state !== 'right') return { device: 'cpu', why: `The CPU computes. ${reason}`, isFault: false };
  if (adapter?.kind === 'software') {
    return {
      device: 'cpu',
      why: `The CPU computes: ${adapter.name} is a device in software, which only uses the CPU too.`,
      isFault: false,
    };
  }
  if (speeds === undefined) return { device: 'cpu', why: 'The CPU computes: the speed of the GPU is not known.', isFault: false };
  const seconds = (placement: Placement): number => trialPageSeconds(speeds, placement);
  const device = pickFastest(placements, seconds);
  const times = placements.map((placement) => `${seconds(placement).toPrecision(2)} s ${places[placement]}`).join(', ');
  return { device, why: `${computing[device]}: a page's worth of the trial takes ${times}.`, isFault: false };
}

function pickFastest(placements: readonly Placement[], seconds: (placement: Placement) => number): Placement {
  const counted = (placement: Placement): number => seconds(placement) / (placement === 'webgpu:vision' ? worthTwoDevices : 1);
  return placements.reduce((best, placement) => (counted(placement) < counted(best) ? placement : best));
}

const computing: Readonly<Record<Placement, string>> = {
  cpu: 'The CPU computes, which is faster here',
  webgpu: 'The GPU computes',
  'webgpu:vision': 'The GPU computes the vision part and the CPU the language part, which is faster here',
};

const places: Readonly<Record<Placement, string>> = {
  cpu: 'on the CPU',
  webgpu: 'on the GPU',
  'webgpu:vision': 'with the vision part alone on the GPU',
};
