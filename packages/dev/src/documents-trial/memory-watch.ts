import { readdirSync, readFileSync } from 'node:fs';

/** Resident memory of this process and of the largest of its children, in bytes. */
export interface Memory {
  readonly parent: number;
  readonly child: number;
}

/** Whether this system tells the memory of other processes. */
export const canWatch: boolean = process.platform === 'linux';

/** Resident memory now. Zero for a child where there is none, or where the system does not tell. */
export function memoryNow(): Memory {
  return { parent: process.memoryUsage.rss(), child: Math.max(0, ...childPids().map((pid) => readStatus(pid, 'VmRSS'))) };
}

/** The most that was seen since it was started; children come and go. */
export class MemoryWatch {
  #child = 0;
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#timer = setInterval(() => this.#look(), 25);
    this.#timer.unref();
  }

  /** The most so far. The parent's counts from its start. */
  get peak(): Memory {
    this.#look();
    return { parent: process.resourceUsage().maxRSS * 1024, child: this.#child };
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    // The kernel keeps the most of each process, so that nothing between two looks is missed.
    for (const pid of childPids()) this.#child = Math.max(this.#child, readStatus(pid, 'VmHWM'));
  }
}

function childPids(): readonly string[] {
  if (!canWatch) return [];
  const tasks = `/proc/${process.pid}/task`;
  return readdirSync(tasks).flatMap((task) =>
    readFileSync(`${tasks}/${task}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter((pid) => pid !== ''),
  );
}

function readStatus(pid: string, name: string): number {
  try {
    const line = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Number(line?.[1] ?? 0) * 1024;
  } catch {
    return 0; // it has ended
  }
}
