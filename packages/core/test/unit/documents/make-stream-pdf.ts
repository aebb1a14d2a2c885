/** A PDF of one page of 300 x 200 points whose table of objects is a stream, as PDF 1.5 allows it. */
export function makeStreamPdf(content = '20 150 50 10 re'): Buffer {
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Count 1 /Kids [3 0 R] >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R >>',
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
  ];
  const places: number[] = [];
  let text = '%PDF-1.5\n';
  for (const [index, object] of objects.entries()) {
    places.push(text.length);
    text += `${index + 1} 0 obj\n${object}\nendobj\n`;
  }
  const table = text.length;
  const entries = Buffer.alloc(6 * 7);
  for (const [index, place] of [...places, table].entries()) {
    entries[(index + 1) * 7] = 1;
    entries.writeUInt32BE(place, (index + 1) * 7 + 1);
  }
  const dictionary = `<< /Type /XRef /Size 6 /W [1 4 2] /Root 1 0 R /Length ${entries.length} >>`;
  return Buffer.concat([
    Buffer.from(`${text}5 0 obj\n${dictionary}\nstream\n`, 'latin1'),
    entries,
    Buffer.from(`\nendstream\nendobj\nstartxref\n${table}\n%%EOF\n`, 'latin1'),
  ]);
}
