import { type TriedDevice, trialPageSeconds } from './device-facts.ts';

/** Which device computes when nobody says, and why. */
export interface Judgement {
  readonly device: 'cpu' | 'webgpu';
  /** One sentence. */
  readonly why: string;
  /** Whether the GPU is there and failed, which its owner should hear of. */
  readonly isFault: boolean;
}

/** The faster of what computes rightly; a device in software is never taken, since it only takes the processor's time in a slower way. */
export function judgeDevice(tried: TriedDevice | string): Judgement {
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
  const [cpu, webgpu] = [trialPageSeconds(speeds.cpu), trialPageSeconds(speeds.webgpu)];
  const times = `${webgpu.toPrecision(2)} s on the GPU, ${cpu.toPrecision(2)} s on the CPU`;
  return webgpu < cpu
    ? { device: 'webgpu', why: `The GPU computes: a page's worth of the trial takes ${times}.`, isFault: false }
    : { device: 'cpu', why: `The CPU computes, which is faster here: a page's worth of the trial takes ${times}.`, isFault: false };
}
