/** One row of a table: values by column. */
export type Row = ReadonlyMap<string, string>;

/**
 * An object as rows: members of inner objects get dotted names, a list of plain values becomes one cell, and the first list of objects becomes
 * one row per entry, beside which the other values are repeated. Further lists of objects are written into a cell as JSON.
 */
export function flattenRows(value: unknown): readonly Row[] {
  const shared = new Map<string, string>();
  let list: { readonly name: string; readonly entries: readonly unknown[] } | undefined;
  const visit = (part: unknown, name: string): void => {
    if (Array.isArray(part)) {
      const hasObjects = part.some((entry) => typeof entry === 'object' && entry !== null);
      if (hasObjects && list === undefined) list = { name, entries: part };
      else shared.set(name, hasObjects ? JSON.stringify(part) : part.map(writeCell).join('; '));
    } else if (typeof part === 'object' && part !== null) {
      for (const [key, entry] of Object.entries(part)) visit(entry, name === '' ? key : `${name}.${key}`);
    } else {
      shared.set(name === '' ? 'value' : name, writeCell(part));
    }
  };
  visit(value, '');
  const rows = list as { readonly name: string; readonly entries: readonly unknown[] } | undefined; // set inside visit
  if (rows === undefined) return [shared];
  return rows.entries.map((entry) => {
    const [row = new Map<string, string>()] = flattenRows(entry);
    return new Map([...shared, ...[...row].map(([name, cell]) => [rows.name === '' ? name : `${rows.name}.${name}`, cell] as const)]);
  });
}

function writeCell(value: unknown): string {
  return value === null || value === undefined ? '' : String(value);
}

/** A line of RFC 4180. A cell that a spreadsheet would run as a formula gets an apostrophe before it; numbers keep their sign. */
export function writeCsvLine(cells: readonly string[]): string {
  return `${cells.map(quoteCell).join(',')}\r\n`;
}

function quoteCell(cell: string): string {
  const isFormula = /^[=+\-@\t\r]/.test(cell) && !/^-?\d+(?:\.\d+)?$/.test(cell);
  const safe = isFormula ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
