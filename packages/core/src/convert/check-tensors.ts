import { join } from 'node:path';
import { CheckpointError } from '@h2ovl/contract';
import type { Checkpoint } from './safetensors/open-checkpoint.ts';

/** How many names a message lists before it only counts. */
const listedNames = 4;

/** Position tables that old versions of transformers stored; they follow from the configuration and are not read. */
const ignored = /\.rotary_emb\.inv_freq$/;

/**
 * Compares a checkpoint with the tensors its configuration asks for.
 * @throws CheckpointError MODEL_FILE_CORRUPT: missing, mis-shaped or extra tensors, the first few named and all counted
 */
export function checkTensors(checkpoint: Checkpoint, expected: ReadonlyMap<string, readonly number[]>): void {
  const missing: string[] = [];
  const misshaped: string[] = [];
  for (const [name, shape] of expected) {
    const tensor = checkpoint.tensors.get(name);
    if (tensor === undefined) missing.push(name);
    else if (tensor.shape.join() !== shape.join()) {
      misshaped.push(`${name} is [${tensor.shape.join(', ')}], expected [${shape.join(', ')}]`);
    }
  }
  const extra = [...checkpoint.tensors.keys()].filter((name) => !expected.has(name) && !ignored.test(name));
  const problems = [list('missing', missing), list('of another shape', misshaped), list('not part of this model', extra)].filter(
    (text) => text !== '',
  );
  if (problems.length === 0) return;
  const file = join(checkpoint.directory, checkpoint.files[0]?.name ?? '');
  const tensor = missing[0] ?? misshaped[0]?.split(' ')[0] ?? (extra[0] as string);
  throw new CheckpointError(
    'MODEL_FILE_CORRUPT',
    `The weights in ${checkpoint.directory} do not fit its config.json, which asks for ${expected.size} tensors: ${problems.join('; ')}.`,
    { file, tensor },
    { hint: 'Take config.json and the weights from the same checkpoint.' },
  );
}

function list(what: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const more = names.length > listedNames ? ` and ${names.length - listedNames} more` : '';
  return `${names.length} ${what} (${names.slice(0, listedNames).join(', ')}${more})`;
}
