/** What the first bytes of a file say it is. */
export type FileKind =
  /** One picture. */
  | { readonly type: 'image'; readonly mimeType: string }
  /** May have many pages; the server takes it apart. */
  | { readonly type: 'document'; readonly mimeType: string }
  | { readonly type: 'unsupported'; readonly name: string; readonly nextMove: string };

const convertFirst = 'Convert it to PDF, PNG or JPEG before this node.';

const notAnImage: FileKind = {
  type: 'unsupported',
  name: 'a file of an unknown kind',
  nextMove: 'This node reads PDF and TIFF documents, and PNG, JPEG, WebP, GIF, AVIF, BMP and HEIC images.',
};

/** Decides by content, since a download or a form often names a wrong type. Only the first bytes are looked at. */
export function detectFileKind(bytes: Uint8Array): FileKind {
  if (bytes.length === 0) return { type: 'unsupported', name: 'an empty file', nextMove: 'Check the node that made it.' };
  const head = Array.from(bytes.subarray(0, 64), (byte) => String.fromCharCode(byte)).join('');
  return detectImage(head) ?? detectBoxes(head) ?? detectDocument(head) ?? detectOther(head) ?? notAnImage;
}

function detectImage(head: string): FileKind | undefined {
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return image('image/png');
  if (head.startsWith('\xff\xd8\xff')) return image('image/jpeg');
  if (head.startsWith('GIF87a') || head.startsWith('GIF89a')) return image('image/gif');
  if (head.startsWith('RIFF') && head.startsWith('WEBP', 8)) return image('image/webp');
  if (/^BM.{4}\0{4}/s.test(head)) return image('image/bmp');
  return undefined;
}

/** AVIF and HEIC are boxes of the same kind; the brands tell them apart, the first one speaking loudest. */
function detectBoxes(head: string): FileKind | undefined {
  if (!head.startsWith('ftyp', 4)) return undefined;
  const boxSize = head.charCodeAt(2) * 256 + head.charCodeAt(3);
  const brands = [head.slice(8, 12), ...(head.slice(16, boxSize).match(/.{4}/gs) ?? [])];
  const brand = brands.find((name) => /^(avif|avis|he[iv][cmsx])$/.test(name)) ?? brands.find((name) => /^m[is]f1$/.test(name));
  if (brand === 'avif') return image('image/avif');
  if (brand === 'avis') return unsupported('an AVIF sequence, which is not read yet', 'Save the frame that matters as PNG.');
  if (brand !== undefined) return { type: 'document', mimeType: 'image/heic' };
  return undefined;
}

function detectDocument(head: string): FileKind | undefined {
  if (/^(II[*+]\0|MM\0[*+])/.test(head)) return { type: 'document', mimeType: 'image/tiff' };
  // A PDF may begin after a few stray bytes.
  return head.includes('%PDF-') ? { type: 'document', mimeType: 'application/pdf' } : undefined;
}

function detectOther(head: string): FileKind | undefined {
  if (head.startsWith('PK\x03\x04')) return unsupported('a ZIP or Office file', 'Save it as PDF before this node.');
  if (/^\s*(<\?xml|<svg|<!doctype|<html)/i.test(head)) return unsupported('an SVG, XML or HTML file', convertFirst);
  // Text and nothing else: no control characters but line breaks and tabs.
  if (/^[\t\n\r\x20-\x7e]+$/.test(head)) return unsupported('a text file', 'Its text needs no reading; use it directly.');
  return undefined;
}

function image(mimeType: string): FileKind {
  return { type: 'image', mimeType };
}

function unsupported(name: string, nextMove: string): FileKind {
  return { type: 'unsupported', name, nextMove };
}
