import { expect, test } from 'vitest';
import { linkSignals } from '../../src/link-signals.ts';

test('follows the first source to abort, with its reason', () => {
  const [a, b] = [new AbortController(), new AbortController()];
  const linked = linkSignals([a.signal, b.signal]);
  const reason = new Error('b');
  b.abort(reason);
  a.abort(new Error('a'));
  expect(linked.signal.reason).toBe(reason);
});

test('is aborted from the start when a source is', () => {
  expect(linkSignals([AbortSignal.abort('gone')]).signal.reason).toBe('gone');
});

test('after unlink it follows no more, and aborting it alone leaves the sources as they are', () => {
  const source = new AbortController();
  const linked = linkSignals([source.signal]);
  linked.unlink();
  source.abort();
  expect(linked.signal.aborted).toBe(false);
  const other = linkSignals([new AbortController().signal]);
  other.abort('limit');
  expect(other.signal.reason).toBe('limit');
});
