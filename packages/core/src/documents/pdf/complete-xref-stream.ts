/**
 * PDFium ends a file whose table of objects is a stream with a stream that has no type, no end of its object, and no entry for itself, which other
 * programs take for damage. The stream is the last object, so that nothing moves when it is completed; a file that ends in a plain table is right as it is.
 * @param added what was written behind the first `before` bytes of the file
 * @returns undefined where the end is not as it is known
 */
export function completeXrefStream(added: Uint8Array, before: number): Uint8Array | undefined {
  const text = Buffer.from(added.buffer, added.byteOffset, added.byteLength);
  const end = text.lastIndexOf('startxref');
  const place = Number(/^startxref\s+(\d+)/.exec(text.toString('latin1', end, end + 40))?.[1]) - before;
  if (!(place >= 0 && place < end)) return undefined;
  if (text.toString('latin1', place, place + 4) === 'xref') return added;
  const head = /^(\d+) 0 obj\s*<<(.*?)\/W\s*\[0 4 1\]\/Index\s*\[(.*?)\]\/Length (\d+)>>stream\r?\n/s.exec(
    text.toString('latin1', place, end),
  );
  if (head === null) return undefined;
  const [opening, number, rest, index, length] = head;
  const entries = text.subarray(place + opening.length, place + opening.length + Number(length));
  const own = Buffer.alloc(5); // four bytes of place, one of generation
  own.writeUInt32BE(place + before);
  const dictionary = `<< /Type /XRef ${rest}/W [0 4 1] /Index [${index} ${number} 1] /Length ${entries.length + own.length} >>`;
  return Buffer.concat([
    text.subarray(0, place),
    Buffer.from(`${number} 0 obj\n${dictionary}\nstream\n`, 'latin1'),
    entries,
    own,
    Buffer.from('\nendstream\nendobj\n', 'latin1'),
    text.subarray(end),
  ]);
}
