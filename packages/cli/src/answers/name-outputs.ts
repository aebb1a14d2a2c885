import { createHash } from 'node:crypto';
import { dirname, relative, resolve, sep } from 'node:path';
import type { NamedInput } from '../inputs/named-input.ts';

/** Bytes of one name; file systems take 255, and an ending and a number are still to come. */
const maxNameBytes = 200;

/**
 * One path below the output folder for each input, no two alike, with `/` between. The whole name of a document stays (`a.pdf` and `a.png` are two),
 * and so do the folders below the one that all documents have in common. Nothing in a name leads out of the folder, whatever it holds.
 */
export function nameOutputs(inputs: readonly NamedInput[], ending: string): readonly string[] {
  const common = commonFolder(inputs.flatMap((input) => (isFile(input) ? [dirname(resolve(input.file))] : [])));
  const taken = new Set<string>();
  return inputs.map((input) => {
    const parts = partsOf(input, common).map(makeSafe);
    const stem = parts.join('/');
    for (let copy = 1; ; copy += 1) {
      const name = `${stem}${copy === 1 ? '' : ` (${copy})`}${ending}`;
      // Some file systems take upper and lower case, and two ways to write an accent, for the same.
      const key = name.normalize('NFC').toLowerCase();
      if (taken.has(key)) continue;
      taken.add(key);
      return name;
    }
  });
}

function isFile(input: NamedInput): boolean {
  return input.error !== undefined || input.kind === 'file';
}

function commonFolder(folders: readonly string[]): string {
  const [first = '', ...rest] = folders;
  let parts = first.split(sep);
  for (const folder of rest) {
    const others = folder.split(sep);
    const end = parts.findIndex((part, index) => part !== others[index]);
    parts = end < 0 ? parts : parts.slice(0, end);
  }
  return parts.join(sep) || sep;
}

function partsOf(input: NamedInput, common: string): readonly string[] {
  if (isFile(input)) return relative(common, resolve(input.file)).split(sep);
  const { file } = input;
  if (input.error === undefined && input.kind === 'pipe')
    return [/^-$|stdin$|fd\/0$/.test(file) ? 'standard-input' : `pipe-${file.split('/').at(-1)}`];
  if (/^data:/i.test(file)) return ['data-url'];
  const url = URL.canParse(file) ? new URL(file) : undefined;
  return url === undefined ? ['address'] : [url.hostname, ...url.pathname.split('/')].filter((part) => part !== '');
}

const reserved = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/** A name that is one on every system. */
function makeSafe(name: string): string {
  const clean = name
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029<>:"|?*\\/]/gu, '_')
    .replace(/[. ]+$/, '_')
    .replace(/^\.+/, '_');
  const safe = clean === '' ? '_' : reserved.test(clean) ? `_${clean}` : clean;
  if (Buffer.byteLength(safe) <= maxNameBytes) return safe;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 12);
  let short = '';
  for (const character of safe) {
    if (Buffer.byteLength(short + character) > maxNameBytes - digest.length - 1) break;
    short += character;
  }
  return `${short}~${digest}`;
}
