import { expect, test } from 'vitest';
import { sessionConfig } from '../../../src/runtime/session-config.ts';

test('spins inside runs and not between them, unless told otherwise', () => {
  expect(sessionConfig({})).toMatchObject({ 'session.intra_op.allow_spinning': '1', 'session.force_spinning_stop': '1' });
  expect(sessionConfig({ spinning: false })['session.intra_op.allow_spinning']).toBe('0');
});

test('lets a key that was given go before an option', () => {
  const config = { 'session.force_spinning_stop': '0', 'session.other': 'x' };
  expect(sessionConfig({ config })).toMatchObject(config);
});
