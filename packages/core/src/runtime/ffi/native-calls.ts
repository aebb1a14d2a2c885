import { onAbort } from '@h2ovl/contract';
import type { OrtArgument, OrtFunction } from './ort-api.ts';

/** A native call that is running: what it points at, and how to make it end early. */
export interface NativeCall {
  /** Everything native memory refers to; referenced here until the call has returned. */
  readonly pins: readonly unknown[];
  /** Asks the call to return soon. */
  readonly terminate: () => void;
}

/**
 * How many native calls may run at once. They share libuv's pool (4 threads unless UV_THREADPOOL_SIZE says otherwise) with
 * file reading and image decoding, so two of its threads are always left to those.
 */
export const maxNativeCalls: number = Math.max(1, (Number(process.env.UV_THREADPOOL_SIZE) || 4) - 2);

interface Waiter {
  readonly start: () => void;
}

const running = new Set<NativeCall>();
const waiting: Waiter[] = [];
let taken = 0;
let hasExitHook = false;

/** Waits, in order of arrival, until a native call may start; returns the function that gives the place back. Rejects with `signal.reason`. */
export async function enterNativeCall(signal?: AbortSignal): Promise<() => void> {
  signal?.throwIfAborted();
  if (taken < maxNativeCalls) taken += 1;
  else await waitForPlace(signal);
  let isHeld = true;
  return () => {
    if (!isHeld) return;
    isHeld = false;
    const next = waiting.shift();
    if (next === undefined) taken -= 1;
    else next.start(); // the place goes over to the next one
  };
}

function waitForPlace(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      waiting.splice(waiting.indexOf(waiter), 1);
      reject(signal?.reason);
    };
    const unfollow = signal && onAbort(signal, leave);
    const waiter: Waiter = {
      start: () => {
        unfollow?.();
        resolve();
      },
    };
    waiting.push(waiter);
  });
}

/** Calls `native` on a pool thread; `call.pins` stay referenced until it has returned. */
export function callNative<Result>(native: OrtFunction<Result>, args: readonly OrtArgument[], call: NativeCall): Promise<Result> {
  addExitHook();
  return new Promise((resolve, reject) => {
    running.add(call);
    try {
      native.async(...args, (error: Error | null, result: Result) => {
        running.delete(call);
        if (error) reject(error);
        else resolve(result);
      });
    } catch (error) {
      running.delete(call); // koffi refused the call before it started
      reject(error);
    }
  });
}

/**
 * At exit Node waits for work on the pool before it takes the library down; what runs is asked to stop so that the wait is short.
 * Without that, `process.exit()` during a long run would hang for as long as the run takes.
 */
function addExitHook(): void {
  if (hasExitHook) return;
  hasExitHook = true;
  process.on('exit', () => {
    for (const call of running) call.terminate();
  });
}
