import { graphValues } from '@h2ovl/core/internal/model-files/manifest';
import type { RunRequest, Runtime, Session } from '@h2ovl/core/internal/runtime/port';

/** One run of a graph, in milliseconds of `performance.now()`. */
export interface TimedRun {
  readonly kind: 'vision' | 'prefill' | 'step';
  readonly startedMs: number;
  readonly endedMs: number;
}

/** A runtime whose runs are written down. */
export class TimedRuntime implements Runtime {
  readonly info: Runtime['info'];
  readonly allocate: Runtime['allocate'];
  readonly dispose: Runtime['dispose'];
  readonly #runtime: Runtime;
  readonly #inProgress = new Set<Promise<void>>();
  #runs: TimedRun[] = [];

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.info = runtime.info;
    this.allocate = (dtype, dims) => runtime.allocate(dtype, dims);
    this.dispose = () => runtime.dispose();
  }

  async openSession(...args: Parameters<Runtime['openSession']>): Promise<Session> {
    const session = await this.#runtime.openSession(...args);
    return {
      inputs: session.inputs,
      outputs: session.outputs,
      returnWeightPages: () => session.returnWeightPages(),
      dispose: () => session.dispose(),
      run: (request) => {
        const run = this.#time(session, request);
        this.#inProgress.add(run);
        const remove = (): void => void this.#inProgress.delete(run);
        run.then(remove, remove);
        return run;
      },
    };
  }

  /** The runs since the last call, in the order they ended. */
  takeRuns(): readonly TimedRun[] {
    const runs = this.#runs;
    this.#runs = [];
    return runs;
  }

  /** Resolves when no run is in progress, however the last ones ended. */
  async whenIdle(): Promise<void> {
    await Promise.allSettled(this.#inProgress);
  }

  async #time(session: Session, request: RunRequest): Promise<void> {
    const startedMs = performance.now();
    try {
      await session.run(request);
    } finally {
      this.#runs.push({ kind: kindOf(request), startedMs, endedMs: performance.now() });
    }
  }
}

function kindOf({ inputs }: RunRequest): TimedRun['kind'] {
  if (graphValues.patches in inputs) return 'vision';
  return (inputs[graphValues.embeddings]?.dims[1] ?? 0) > 1 ? 'prefill' : 'step';
}
