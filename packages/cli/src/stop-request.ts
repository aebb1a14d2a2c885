/** Why the request ends before its work is done, as the reason of an aborted signal: asked by a signal, or nobody reads the output any more. */
export class StopRequest extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.name = 'StopRequest';
    this.exitCode = exitCode;
  }
}

/** 128 + number of the signal, as shells count. */
const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Aborts at the first signal that asks the process to end; at the second one `exit` is called, whatever is still running. */
export function followStopSignals(source: Pick<NodeJS.Process, 'on'>, exit: (code: number) => void): AbortSignal {
  const controller = new AbortController();
  for (const [name, exitCode] of Object.entries(exitCodes)) {
    source.on(name as keyof typeof exitCodes, () => {
      if (controller.signal.aborted) exit(exitCode);
      else controller.abort(new StopRequest(`Stopped by ${name}.`, exitCode));
    });
  }
  return controller.signal;
}
