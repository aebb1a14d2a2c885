import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nameOutputs } from '../../../src/answers/name-outputs.ts';
import type { NamedInput } from '../../../src/inputs/named-input.ts';

const input = (file: string, kind: 'file' | 'pipe' | 'address' = 'file'): NamedInput => ({ file, kind, name: file, open: () => file });
const names = (...files: readonly string[]): readonly string[] =>
  nameOutputs(
    files.map((file) => input(file)),
    '.txt',
  );

describe('names of results', () => {
  it('keep the whole name of the document, so that a.pdf and a.png are two', () => {
    expect(names('a.pdf', 'a.png')).toEqual(['a.pdf.txt', 'a.png.txt']);
  });

  it('keep the folders below the one that all have in common', () => {
    expect(names('scans/a.pdf', 'scans/2024/a.pdf', 'scans/2024/05/b.tif')).toEqual(['a.pdf.txt', '2024/a.pdf.txt', '2024/05/b.tif.txt']);
    expect(names('../up/a.pdf', './b.pdf')).toEqual(['up/a.pdf.txt', `${resolve('.').split('/').at(-1)}/b.pdf.txt`]);
    expect(names('/x/a.pdf', '/y/a.pdf')).toEqual(['x/a.pdf.txt', 'y/a.pdf.txt']);
    expect(names('deep/er/a.pdf')).toEqual(['a.pdf.txt']);
  });

  it('differ, also where upper and lower case or the form of an accent do not', () => {
    expect(names('a.pdf', 'a.pdf', 'A.PDF')).toEqual(['a.pdf.txt', 'a.pdf (2).txt', 'A.PDF (3).txt']);
    expect(new Set(names('\u00e9.pdf', 'e\u0301.pdf').map((name) => name.normalize('NFC'))).size).toBe(2);
    expect(names('a.pdf', 'a.pdf (2)', 'a.pdf')).toEqual(['a.pdf.txt', 'a.pdf (2).txt', 'a.pdf (3).txt']);
  });

  it.each<[string, string]>([
    ['..\\..\\evil.pdf', '_..__evil.pdf.txt'.replace('_..__', '_')],
    ['con.pdf', '_con.pdf.txt'],
    ['line\nbreak\u202e.pdf', 'line_break_.pdf.txt'],
    ['a:b|c?.pdf', 'a_b_c_.pdf.txt'],
    ['...', '_.txt'],
    ['trailing. . ', 'trailing_.txt'],
  ])('of %j are names on every system', (file, expected) => {
    const [name = ''] = names(file);
    expect(name).not.toMatch(/[\\:|?*<>"\p{Cc}\p{Cf}]|(?:^|\/)\.\.?(?:\/|$)/u);
    if (!file.includes('\\')) expect(name).toBe(expected);
  });

  it('stay short enough, and differ still', () => {
    const long = '\u00fc'.repeat(140);
    const [one = '', two = ''] = names(`${long}1.pdf`, `${long}2.pdf`);
    expect(one).not.toBe(two);
    for (const name of [one, two]) expect(Buffer.byteLength(name)).toBeLessThanOrEqual(210);
  });

  it('of addresses and pipes lead nowhere else', () => {
    const inputs = [
      input('https://example.org/..%2f..%2fetc/passwd?key=secret', 'address'),
      input('https://example.org/../../a.png', 'address'),
      input('data:image/png;base64,AAAA', 'address'),
      input('-', 'pipe'),
      input('/dev/fd/63', 'pipe'),
      input('file.pdf'),
    ];
    expect(nameOutputs(inputs, '.md')).toEqual([
      'example.org/_%2f..%2fetc/passwd.md',
      'example.org/a.png.md',
      'data-url.md',
      'standard-input.md',
      'pipe-63.md',
      'file.pdf.md',
    ]);
  });
});
