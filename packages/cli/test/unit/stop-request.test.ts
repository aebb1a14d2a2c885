import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { followStopSignals } from '../../src/stop-request.ts';

describe('signals', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ])('%s asks for an end with code %d, and a second one ends at once', (name, exitCode) => {
    const source = new EventEmitter();
    const exits: number[] = [];
    const signal = followStopSignals(source as unknown as NodeJS.Process, (code) => exits.push(code));
    expect(signal.aborted).toBe(false);
    source.emit(name);
    expect(signal.reason).toMatchObject({ exitCode });
    expect(exits).toEqual([]);
    source.emit(name);
    expect(exits).toEqual([exitCode]);
  });
});
