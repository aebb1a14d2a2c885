import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const packages = join(import.meta.dirname, '../..');
// The one place that may: all who follow a signal share its one listener there.
const home = 'contract/src/signals.ts';

// A caller's one signal may stop many pages at once, and Node warns of a leak from the eleventh listener on.
it("nothing listens to a signal by itself: contract's onAbort does, once for all", () => {
  const sources = readdirSync(packages).flatMap((name) =>
    ['src', 'nodes'].flatMap((folder) => {
      try {
        return readdirSync(join(packages, name, folder), { recursive: true, encoding: 'utf8' }).map((file) => `${name}/${folder}/${file}`);
      } catch {
        return []; // the package has no such folder
      }
    }),
  );
  const files = sources.filter((file) => file.endsWith('.ts'));
  expect(files.length).toBeGreaterThan(300);
  const listeners = files.filter((file) => /addEventListener\(\s*'abort'/.test(readFileSync(join(packages, file), 'utf8')));
  expect(listeners).toEqual([home]);
});
