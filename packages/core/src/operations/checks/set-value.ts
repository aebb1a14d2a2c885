/** A copy of a value with another one at a path of names and places. */
export function setValue(value: unknown, [key, ...rest]: readonly (string | number)[], to: unknown): unknown {
  if (key === undefined) return to;
  if (Array.isArray(value)) return value.map((entry: unknown, index) => (index === key ? setValue(entry, rest, to) : entry));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, name === key ? setValue(entry, rest, to) : entry]));
}
