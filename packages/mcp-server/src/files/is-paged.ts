/** Where the signature of a PDF may begin at the latest. */
const latestPdfStart = 1_024;

/**
 * Whether a file is a PDF, a TIFF or a HEIC photo, by its first bytes: these may have several pages, and are decoded in a process of their own. Here, because
 * core's native libraries take a moment to load.
 */
export function isPagedDocument(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.subarray(0, latestPdfStart + 5)).toString('latin1');
  if (/^(?:II[*+]\0|MM\0[*+])/.test(head)) return true;
  if (head.slice(4, 8) === 'ftyp') return /^(?:he[iv][cmsx]|mif1|msf1)/.test(head.slice(8)) && !head.slice(8, 64).includes('avif');
  return head.includes('%PDF-');
}
