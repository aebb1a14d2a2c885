import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onAbort } from '@h2ovl/contract';
import { findOwnScript } from '../../store/own-files.ts';
import { type Adapter, type DeviceDepth, type DeviceState, type GpuChoice, pickAdapter, type TriedDevice } from './device-facts.ts';
import type { ProbeDepth, ProbeReport, ProbeStart } from './probe-protocol.ts';

export interface TryOptions {
  readonly depth: ProbeDepth;
  readonly choice: GpuChoice;
  /** Threads of the CPU that the GPU is compared with. */
  readonly threads: number;
  /** Silence after which the driver counts as hung, in milliseconds. One program is compiled in seconds on the slowest devices. @default 30,000 */
  readonly silenceMs?: number;
  readonly signal?: AbortSignal | undefined;
}

const defaultSilenceMs = 30_000;

let chosenScript: (() => string | Promise<string>) | undefined;

/** Tests run the script as it is in the source, or one that behaves like a broken driver. */
export function useProbeScript(find: () => string | Promise<string>): void {
  chosenScript = find;
}

const findProbeScript = async (): Promise<string> => (await chosenScript?.()) ?? fileURLToPath(findOwnScript('runtime/probe-process.js'));

/**
 * Tries the GPU in a process of its own, since a driver may crash or never return. Resolves also then: `state` says how it ended. No process is left behind.
 * @throws VisionError RUNTIME_UNAVAILABLE when there is no script; an ERR_ACCESS_DENIED where this process may start no other; `signal.reason`
 */
export async function tryDevice(options: TryOptions): Promise<TriedDevice> {
  const { depth, choice, threads, signal, silenceMs = defaultSilenceMs } = options;
  const script = await findProbeScript();
  signal?.throwIfAborted();
  const start: ProbeStart = { depth, choice, threads };
  // Nothing of this process's debugging or preloading flags; no output: drivers and loaders print what they like.
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = fork(script, [JSON.stringify(start)], {
    execArgv: [],
    env: { ...env, ELECTRON_RUN_AS_NODE: '1' },
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const found = new Findings(choice);
  const unfollow = signal && onAbort(signal, () => child.kill('SIGKILL'));
  try {
    const end = await follow(child, found, silenceMs);
    signal?.throwIfAborted();
    return found.close(end);
  } finally {
    unfollow?.();
    child.kill('SIGKILL');
  }
}

interface End {
  readonly state: DeviceState;
  readonly reason: string;
}

/** Listens until the process says its end, dies, or is silent for too long. Resolves when it is gone. */
function follow(child: ChildProcess, found: Findings, silenceMs: number): Promise<End> {
  return new Promise((resolve, reject) => {
    let end: End | undefined;
    let timer: NodeJS.Timeout;
    const listen = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        end ??= { state: 'hung', reason: `The GPU's driver did not return within ${silenceMs / 1000} seconds while ${found.stage}.` };
        child.kill('SIGKILL');
      }, silenceMs);
    };
    listen();
    child.on('message', (report: ProbeReport) => {
      listen();
      if (report.type === 'end') {
        end ??= report;
        child.kill('SIGKILL');
      } else found.note(report);
    });
    child.on('error', (error) => {
      if (child.pid !== undefined) return; // it runs: its exit says how it ended
      clearTimeout(timer);
      reject(error);
    });
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      resolve(
        end ?? { state: 'crashed', reason: `The GPU's driver ended the process (${signal ?? `code ${code}`}) while ${found.stage}.` },
      );
    });
  });
}

/** What a process has told until it ended. */
class Findings {
  stage = 'starting';
  readonly #choice: GpuChoice;
  #adapters: readonly Adapter[] = [];
  #notes: readonly string[] = [];
  #speeds: TriedDevice['speeds'];
  #depth: DeviceDepth = 'listed';

  constructor(choice: GpuChoice) {
    this.#choice = choice;
  }

  note(report: Exclude<ProbeReport, { readonly type: 'end' }>): void {
    if (report.type === 'stage') this.stage = report.stage;
    else if (report.type === 'adapters') this.#adapters = report.adapters;
    else if (report.type === 'checked') this.#notes = report.notes;
    else {
      this.#speeds = { cpu: report.cpu, webgpu: report.webgpu };
      this.#depth = 'measured';
    }
  }

  close({ state, reason }: End): TriedDevice {
    const depth = state === 'right' && this.#depth === 'listed' ? 'opened' : this.#depth;
    return {
      ...{ state, depth, reason, adapters: this.#adapters, notes: this.#notes, speeds: this.#speeds },
      adapter: pickAdapter(this.#adapters, this.#choice),
      triedAt: new Date().toISOString(),
    };
  }
}
