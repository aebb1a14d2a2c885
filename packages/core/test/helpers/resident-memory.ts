import { readFileSync } from 'node:fs';

/** Memory of this process's own, no pages of files, that is resident now, in bytes. Linux only. */
export function ownBytes(): number {
  return Number(/^RssAnon:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
}

/** Addresses of this process, from `start` to before `end`. */
interface AddressRange {
  readonly start: bigint;
  readonly end: bigint;
}

/** What Linux keeps of this process's mappings of at least that many bytes that were not there before `make` ran: their bytes in memory, now. */
export async function watchMappings<T>(
  leastBytes: number,
  make: () => Promise<T>,
): Promise<{ readonly made: T; readonly residentBytes: () => number }> {
  const before = new Set(listMappings().map(({ start, end }) => `${start}-${end}`));
  const made = await make();
  const added = listMappings().filter(({ start, end }) => end - start >= leastBytes && !before.has(`${start}-${end}`));
  const isAdded = (one: AddressRange): boolean => added.some(({ start, end }) => one.start < end && start < one.end);
  return { made, residentBytes: () => listMappings().reduce((sum, one) => sum + (isAdded(one) ? one.residentBytes : 0), 0) };
}

function listMappings(): (AddressRange & { readonly residentBytes: number })[] {
  const pattern = /^([0-9a-f]+)-([0-9a-f]+) .*\n(?:[A-Z]\w*: .*\n)*?Rss: +(\d+) kB$/gm;
  return [...readFileSync('/proc/self/smaps', 'utf8').matchAll(pattern)].map(([, start, end, kilobytes]) => ({
    start: BigInt(`0x${start}`),
    end: BigInt(`0x${end}`),
    residentBytes: Number(kilobytes) * 1024,
  }));
}
