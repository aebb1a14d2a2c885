import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createAnswerLabels, createLoadReporter } from '../../../src/terminal/progress-labels.ts';
import { StatusLine } from '../../../src/terminal/status-line.ts';

function createLine(options: { isTTY?: boolean; columns?: number; isQuiet?: boolean } = {}): {
  status: StatusLine;
  text: () => string;
  wait: (timeMs: number) => void;
} {
  const { isTTY = true, columns = 60, isQuiet = false } = options;
  let text = '';
  let timeMs = 0;
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  return {
    status: new StatusLine(Object.assign(stream, { isTTY, columns }), {
      level: isQuiet ? 'warn' : 'info',
      h2ovl: 'h2ovl',
      now: () => timeMs,
    }),
    text: () => text,
    wait: (passedMs) => {
      timeMs += passedMs;
    },
  };
}

const clear = '\r\u001b[2K';

describe('the status line', () => {
  it('draws label and bar over the line before, and gives way to a warning', () => {
    const { status, text, wait } = createLine();
    status.show({ label: 'tile 1 of 2', fraction: 0 });
    wait(100);
    status.show({ label: 'tile 2 of 2', fraction: 0.5 });
    status.warn('warning: cut');
    status.clear();
    expect(text()).toBe(
      `${clear}[${' '.repeat(20)}] tile 1 of 2${clear}[${'#'.repeat(10)}${' '.repeat(10)}] tile 2 of 2${clear}warning: cut\n`,
    );
  });

  it('is redrawn a dozen times a second at most, and at once after it was cleared', () => {
    const { status, text, wait } = createLine();
    status.show({ label: 'a' });
    wait(20);
    status.show({ label: 'b' });
    status.clear();
    status.show({ label: 'c' });
    expect(text()).toBe(`${clear}a${clear}${clear}c`);
  });

  it('is cut to the width of the terminal, so that it never wraps', () => {
    const { status, text } = createLine({ columns: 10 });
    status.show({ label: 'a very long name' });
    expect(text()).toBe(`${clear}a very lo`);
  });

  it('takes a terminal that tells no width for one of 80 columns', () => {
    const { status, text } = createLine({ columns: 0 });
    status.show({ label: 'x'.repeat(100) });
    expect(text()).toBe(`${clear}${'x'.repeat(79)}`);
  });

  it('shows nothing where nobody is watching, and no notice when quiet; warnings stay', () => {
    const piped = createLine({ isTTY: false });
    piped.status.show({ label: 'x' });
    piped.status.logPhase('Converting.');
    expect(piped.text()).toBe('Converting.\n');
    const quiet = createLine({ isQuiet: true });
    quiet.status.show({ label: 'x' });
    quiet.status.notify('nano');
    quiet.status.warn('cut');
    expect(quiet.text()).toBe('cut\n');
  });
});

describe('progress of an answer', () => {
  it('tells the tile it is at, the part of the prompt, and the tokens per second', () => {
    let timeMs = 0;
    const label = createAnswerLabels('a.png', () => timeMs);
    expect(label({ type: 'progress', phase: 'decode-image', done: 0, total: 1 })).toEqual({ label: 'a.png: opening' });
    expect(label({ type: 'progress', phase: 'encode-image', done: 2, total: 7 })).toEqual({ label: 'a.png: tile 3 of 7', fraction: 2 / 7 });
    expect(label({ type: 'progress', phase: 'encode-image', done: 7, total: 7 })).toMatchObject({ label: 'a.png: tile 7 of 7' });
    expect(label({ type: 'progress', phase: 'prefill', done: 256, total: 512 })).toEqual({ label: 'a.png: prompt', fraction: 0.5 });
    expect(label({ type: 'progress', phase: 'generate', done: 1, total: 99 })).toEqual({ label: 'a.png: 1 token' });
    timeMs = 2000;
    expect(label({ type: 'progress', phase: 'generate', done: 41, total: 99 })).toEqual({ label: 'a.png: 41 tokens, 20.0 tokens/s' });
  });
});

describe('progress of a load', () => {
  it('is one line for each phase without a terminal', () => {
    const { status, text } = createLine({ isTTY: false });
    const report = createLoadReporter(status);
    report({ type: 'wait', reason: 'process 7 converts the same checkpoint.' });
    report({ type: 'convert', item: 'vision', doneBytes: 0, totalBytes: 2_000_000 });
    report({ type: 'convert', item: 'decoder', doneBytes: 1_000_000, totalBytes: 2_000_000 });
    report({ type: 'verify', file: 'decoder.bin', doneBytes: 0, totalBytes: 2_000_000 });
    report({ type: 'session', name: 'vision', done: 0, total: 2 });
    report({ type: 'session', name: 'decoder', done: 1, total: 2 });
    expect(text()).toBe(
      'Waiting: process 7 converts the same checkpoint.\nConverting the checkpoint (2.0 MB), once.\nChecking the files (2.0 MB).\nOpening the model.\n',
    );
  });

  it('says nothing when a model that is ready is opened', () => {
    const { status, text } = createLine({ isTTY: false });
    createLoadReporter(status)({ type: 'session', name: 'vision', done: 0, total: 2 });
    expect(text()).toBe('');
  });

  it('moves a bar by bytes on a terminal', () => {
    const { status, text } = createLine({ columns: 90 });
    createLoadReporter(status)({ type: 'convert', item: 'decoder', doneBytes: 1_000_000, totalBytes: 2_000_000 });
    expect(text()).toBe(`${clear}[${'#'.repeat(10)}${' '.repeat(10)}] converting: 1.0 MB of 2.0 MB (decoder)`);
  });
});
