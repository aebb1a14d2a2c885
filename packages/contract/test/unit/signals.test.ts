import { getEventListeners } from 'node:events';
import { describe, expect, it, test, vi } from 'vitest';
import { abortable, checkSignal, linkSignal, onAbort, startDeadline, TimeoutError, waitFor } from '../../src/index.ts';

describe('linkSignal', () => {
  test('follows the first source to abort, with its reason', () => {
    const [a, b] = [new AbortController(), new AbortController()];
    const linked = linkSignal(a.signal, undefined, b.signal);
    const reason = new Error('b');
    b.abort(reason);
    a.abort(new Error('a'));
    expect(linked.signal.reason).toBe(reason);
  });

  test('is aborted from the start when a source is', () => {
    expect(linkSignal(AbortSignal.abort('gone')).signal.reason).toBe('gone');
  });

  test('after release it follows no more, and aborting it alone leaves the sources as they are', () => {
    const source = new AbortController();
    const linked = linkSignal(source.signal);
    linked.release();
    linked.release();
    expect(getEventListeners(source.signal, 'abort')).toHaveLength(0);
    source.abort();
    expect(linked.signal.aborted).toBe(false);
    const untouched = new AbortController();
    const other = linkSignal(untouched.signal);
    other.abort('limit');
    expect([other.signal.reason, untouched.signal.aborted]).toEqual(['limit', false]);
  });
});

describe('checkSignal', () => {
  it.each([
    [null, 'signal is null, not an AbortSignal.', 'leave it out'],
    [new AbortController(), 'signal is an AbortController, not an AbortSignal.', 'Pass controller.signal.'],
    [new EventTarget(), 'signal is of type object, not an AbortSignal.', 'leave it out'],
    [5000, 'signal is of type number, not an AbortSignal.', 'leave it out'],
    [false, 'signal is of type boolean, not an AbortSignal.', 'leave it out'],
  ])('refuses %s, also where it is followed', (value, message, hint) => {
    const refusal = expect.objectContaining({ code: 'INVALID_ARGUMENT', param: 'signal', message, hint: expect.stringContaining(hint) });
    expect(() => checkSignal(value)).toThrow(refusal);
    expect(() => linkSignal(value as AbortSignal)).toThrow(refusal);
    expect(() => startDeadline(1000, [value as AbortSignal])).toThrow(refusal);
  });
});

describe('abortable', () => {
  it('settles like its work, and leaves no listener', async () => {
    const { signal } = new AbortController();
    const failure = new Error('broken');
    expect(await abortable(Promise.resolve(1), signal)).toBe(1);
    await expect(abortable(Promise.reject(failure), signal)).rejects.toBe(failure);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('rejects with the reason at once, before and during, and keeps the work from being unhandled', async () => {
    const controller = new AbortController();
    let fail = (_error: Error): void => {};
    const work = new Promise<never>((_, reject) => {
      fail = reject;
    });
    const pending = abortable(work, controller.signal);
    controller.abort('stop');
    await expect(pending).rejects.toBe('stop');
    await expect(abortable(work, controller.signal)).rejects.toBe('stop');
    fail(new Error('later'));
    await new Promise((resolve) => setImmediate(resolve)); // an unhandled rejection would fail the run here
  });
});

describe('waitFor', () => {
  it('waits, and ends early with the reason', async () => {
    const controller = new AbortController();
    const startedMs = performance.now();
    await waitFor(15, controller.signal);
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(14);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    const pending = waitFor(60_000, controller.signal);
    controller.abort('stop');
    await expect(pending).rejects.toBe('stop');
    await expect(waitFor(60_000, controller.signal)).rejects.toBe('stop');
  });
});

describe('startDeadline', () => {
  it('has nothing left once it fired, though the timer fires early', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }); // the clock itself stands still for the test: the timer is early by all of its time
    try {
      const deadline = startDeadline(60_000, []);
      vi.advanceTimersByTime(60_000);
      expect(deadline.signal.aborted).toBe(true);
      expect(deadline.remainingMs()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('may be started anew and paused, and says what the caller wants it to say', () => {
    vi.useFakeTimers();
    try {
      const deadline = startDeadline(1000, [], (timeoutMs) => new TimeoutError(`Nothing for ${timeoutMs} ms.`));
      vi.advanceTimersByTime(900);
      deadline.restart();
      vi.advanceTimersByTime(900);
      deadline.pause();
      vi.advanceTimersByTime(9000);
      expect([deadline.signal.aborted, deadline.remainingMs()]).toEqual([false, Number.POSITIVE_INFINITY]);
      deadline.restart();
      expect(deadline.remainingMs()).toBe(1000);
      vi.advanceTimersByTime(1000);
      expect(deadline.signal.reason).toMatchObject({ code: 'TIMEOUT', message: 'Nothing for 1000 ms.' });
      deadline.restart();
      expect(deadline.remainingMs()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('aborts with a TimeoutError that names the limit when the time is up', async () => {
    const deadline = startDeadline(200, []);
    expect(deadline.remainingMs()).toBeGreaterThan(0);
    await new Promise((resolve) => deadline.signal.addEventListener('abort', resolve));
    expect(TimeoutError.isInstance(deadline.signal.reason)).toBe(true);
    expect(deadline.signal.reason).toMatchObject({ code: 'TIMEOUT', message: 'The call took longer than its timeout of 200 ms.' });
    expect(deadline.remainingMs()).toBeLessThanOrEqual(0);
  });

  it('follows its sources with their reason, and lets go of them', () => {
    const controller = new AbortController();
    const deadline = startDeadline(60_000, [undefined, controller.signal]);
    controller.abort('mine');
    expect(deadline.signal.reason).toBe('mine');
    expect(startDeadline(60_000, [controller.signal]).signal.reason).toBe('mine');
    const other = new AbortController();
    startDeadline(60_000, [other.signal]).release();
    expect(getEventListeners(other.signal, 'abort')).toHaveLength(0);
  });

  it.each([Number.POSITIVE_INFINITY, 10_000_000_000])('does not fire at once for %d ms, which no timer can hold', async (timeoutMs) => {
    const deadline = startDeadline(timeoutMs, []);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(deadline.signal.aborted).toBe(false);
    deadline.release();
  });
});

it('makes one listener on a signal that many calls follow, so that Node warns of no leak', () => {
  const parent = new AbortController();
  const links = Array.from({ length: 20 }, () => linkSignal(parent.signal));
  expect(getEventListeners(parent.signal, 'abort')).toHaveLength(1);
  links[3]?.release();
  links[3]?.release();
  parent.abort('enough');
  expect(links.map(({ signal }) => signal.reason)).toEqual(links.map((_, i) => (i === 3 ? undefined : 'enough')));
});

it('takes the listener away with the last that follows, and makes another for the next', () => {
  const parent = new AbortController();
  const [first, second] = [linkSignal(parent.signal), linkSignal(parent.signal)];
  first.release();
  second.release();
  expect(getEventListeners(parent.signal, 'abort')).toEqual([]);
  const third = linkSignal(parent.signal);
  parent.abort('now');
  expect(third.signal.reason).toBe('now');
});

it('goes on to the others when one follows twice or stops another on the way', () => {
  const parent = new AbortController();
  const calls: string[] = [];
  const note = (): void => void calls.push('twice');
  onAbort(parent.signal, note);
  onAbort(parent.signal, note);
  onAbort(parent.signal, () => {
    calls.push('stops');
    stop();
  });
  const stop = onAbort(parent.signal, () => void calls.push('stopped'));
  parent.abort();
  expect(calls).toEqual(['twice', 'twice', 'stops']);
});

it('goes on to the others when one fails, and lets the process know', () => {
  const tasks: (() => void)[] = [];
  vi.stubGlobal('queueMicrotask', (task: () => void) => tasks.push(task));
  const parent = new AbortController();
  const calls: string[] = [];
  onAbort(parent.signal, () => {
    throw new Error('mine');
  });
  onAbort(parent.signal, () => void calls.push('second'));
  parent.abort();
  vi.unstubAllGlobals();
  expect(calls).toEqual(['second']);
  expect(tasks).toHaveLength(1);
  expect(tasks[0]).toThrow('mine');
});
