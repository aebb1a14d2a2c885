import { monthOf } from '../../lines/locate/spellings.ts';

/** The days that a printed date may mean, as year * 10,000 + month * 100 + day; 03/04/2024 is two of them. Empty where it is no date. */
export function readDate(text: string): readonly number[] {
  const bare = text.trim().replace(/T\d.*$/, '');
  const iso = /^(\d{4})[-./](\d{1,2})[-./](\d{1,2})$/.exec(bare);
  if (iso !== null) return days(iso[1], iso[2], iso[3]);
  const plain = /^(\d{1,2})[-./\s](\d{1,2})[-./\s](\d{4}|\d{2})$/.exec(bare);
  if (plain !== null) return [...new Set([...days(plain[3], plain[2], plain[1]), ...days(plain[3], plain[1], plain[2])])];
  const [, day, name, year] = /^(\d{1,2})(?:st|nd|rd|th|er|\.)?\s*(?:de\s+)?(\p{L}+)\.?,?\s*(?:de\s+)?(\d{4}|\d{2})$/iu.exec(bare) ?? [];
  if (name !== undefined) return days(year, monthText(name), day);
  const [, first, dayBehind, yearBehind] = /^(\p{L}+)\.?\s*(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})$/iu.exec(bare) ?? [];
  return first === undefined ? [] : days(yearBehind, monthText(first), dayBehind);
}

const monthText = (name: string): string => String(monthOf(name) ?? 0);

function days(year = '', month = '', day = ''): readonly number[] {
  const [m, d] = [Number(month), Number(day)];
  // Two digits: from 1970 to 2069.
  const y = year.length === 2 ? Number(year) + (Number(year) < 70 ? 2000 : 1900) : Number(year);
  const isDay = m >= 1 && m <= 12 && d >= 1 && d <= new Date(Date.UTC(y, m, 0)).getUTCDate();
  return isDay ? [y * 10_000 + m * 100 + d] : [];
}
