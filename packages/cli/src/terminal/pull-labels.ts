import type { PullProgress } from '@h2ovl/core';
import { formatDuration, formatSize } from './format-size.ts';
import { createLoadReporter } from './progress-labels.ts';
import type { StatusLine } from './status-line.ts';

/** Speed is that of the last seconds: long enough to be calm, short enough to follow the network. */
const windowMs = 8000;
const stepMs = 250;
/** Without a terminal, a line after each tenth. */
const logParts = 10;

/** Shows a pull: bytes, speed and the time that is left on a terminal; elsewhere a line after each tenth, so that a log tells how far it is. */
export function createPullReporter(status: StatusLine, now: () => number = () => performance.now()): (progress: PullProgress) => void {
  const reportLoad = createLoadReporter(status);
  const speed = new SpeedMeter(now);
  let logged = -1;
  return (progress) => {
    if (!isTransfer(progress)) {
      reportLoad(progress);
      return;
    }
    const { doneBytes, totalBytes, file } = progress;
    const fraction = totalBytes === 0 ? 1 : doneBytes / totalBytes;
    const what = progress.type === 'download' ? 'downloading' : 'copying';
    const amount = `${formatSize(doneBytes)} of ${formatSize(totalBytes)}`;
    speed.note(doneBytes);
    const rate = speed.bytesPerSecond();
    const pace = rate === undefined ? '' : `, ${formatSize(rate)}/s, ${formatDuration(((totalBytes - doneBytes) / rate) * 1000)} left`;
    const part = Math.floor(fraction * logParts);
    if (part > logged) {
      logged = part;
      status.logPhase(`${what.charAt(0).toUpperCase()}${what.slice(1)}: ${amount}${pace}.`);
    }
    status.show({ label: `${what}: ${amount}${pace} (${file})`, fraction });
  };
}

function isTransfer(progress: PullProgress): progress is Extract<PullProgress, { readonly type: 'download' | 'copy' }> {
  return progress.type === 'download' || progress.type === 'copy';
}

/** Bytes a second over the last seconds. */
class SpeedMeter {
  readonly #now: () => number;
  readonly #points: { readonly at: number; readonly bytes: number }[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  note(bytes: number): void {
    const at = this.#now();
    const last = this.#points.at(-1);
    if (last !== undefined && at - last.at < stepMs && bytes >= last.bytes) return;
    // Fewer bytes than before: something is fetched again, and the old speed says nothing.
    if (last !== undefined && bytes < last.bytes) this.#points.length = 0;
    this.#points.push({ at, bytes });
    while (at - (this.#points[0]?.at ?? at) > windowMs) this.#points.shift();
  }

  /** Undefined until there is something to measure. */
  bytesPerSecond(): number | undefined {
    const [first, last] = [this.#points[0], this.#points.at(-1)];
    if (first === undefined || last === undefined || last.at - first.at < stepMs || last.bytes === first.bytes) return undefined;
    return ((last.bytes - first.bytes) / (last.at - first.at)) * 1000;
  }
}
