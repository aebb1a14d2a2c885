import { expect, test } from 'vitest';
import { sessionConfig } from '../../../src/runtime/session-config.ts';

test('spins inside runs and not between them, unless told otherwise', () => {
  expect(sessionConfig({})).toMatchObject({ 'session.intra_op.allow_spinning': '1', 'session.force_spinning_stop': '1' });
  expect(sessionConfig({ spinning: false })['session.intra_op.allow_spinning']).toBe('0');
});

test('saves packed weights only where a file for them is named', () => {
  const saving = 'session.save_external_prepacked_constant_initializers';
  expect(sessionConfig({ packedWeightsFile: 'decoder.bin' })).toMatchObject({
    [saving]: '1',
    'session.optimized_model_external_initializers_file_name': 'decoder.bin',
  });
  expect(sessionConfig({})).not.toHaveProperty(saving);
});
