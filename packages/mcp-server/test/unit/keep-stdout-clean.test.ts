import { Writable } from 'node:stream';
import { afterAll, expect, test } from 'vitest';
import { keepStdoutClean } from '../../src/keep-stdout-clean.ts';

const { console: before } = globalThis;
const listeners = process.listeners('warning');
afterAll(() => {
  globalThis.console = before;
  process.removeAllListeners('warning');
  for (const listener of listeners) process.on('warning', listener);
});

test("the library's warnings are told in the log; what others warn of is named only", async () => {
  let written = '';
  keepStdoutClean(
    new Writable({
      write(chunk, _encoding, done) {
        written += chunk;
        done();
      },
    }),
  );
  process.emitWarning('The CPU computes.', { type: 'Warning', code: 'H2OVL_DEVICE' });
  process.emitWarning('Words of a page.', { type: 'Warning', code: 'DEP0001' });
  await new Promise(setImmediate);
  const lines = written
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines).toMatchObject([{ event: 'node-warning', code: 'H2OVL_DEVICE', message: 'The CPU computes.' }, { event: 'node-warning' }]);
  expect(written).not.toContain('Words of a page');
});
