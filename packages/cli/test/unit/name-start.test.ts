import { describe, expect, it } from 'vitest';
import { nameStart } from '../../src/name-start.ts';

describe('how the program was started', () => {
  it.each([
    ['a link on the PATH', '/usr/local/bin/h2ovl', '/home/me', 'h2ovl'],
    ['a dependency of a project', '/home/me/project/node_modules/.bin/h2ovl', '/home/me/project', 'npx h2ovl'],
    ['npx without an installation', '/home/me/.npm/_npx/12ab/node_modules/.bin/h2ovl', '/home/me', 'npx h2ovl'],
    ['a checkout', '/home/me/h2ovl/packages/cli/dist/main.js', '/home/me/h2ovl', 'node packages/cli/dist/main.js'],
    ['a checkout, from elsewhere', '/home/me/h2ovl/packages/cli/dist/main.js', '/home/me/scans', 'node ../h2ovl/packages/cli/dist/main.js'],
    ['a path with a space', '/home/me/my code/main.js', '/home/me', 'node "my code/main.js"'],
    ['a global installation on Windows', 'C:\\npm\\node_modules\\h2ovl\\dist\\main.js', 'C:\\scans', 'h2ovl'],
    ['a project on Windows', 'C:\\project\\node_modules\\h2ovl\\dist\\main.js', 'C:\\project', 'npx h2ovl'],
  ])('is named as %s', (_, script, folder, expected) => {
    expect(nameStart(script, { env: {}, folder })).toBe(expected);
  });

  it('is npx on Windows too, where only the environment tells', () => {
    const script = 'C:\\cache\\node_modules\\h2ovl\\dist\\main.js';
    expect(nameStart(script, { env: { npm_command: 'exec' }, folder: 'C:\\scans' })).toBe('npx h2ovl');
  });
});
