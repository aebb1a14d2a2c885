// Makes a checkout ready: installs from the lock file and builds, each only when something changed since the last time.
// Plain Node and no dependency, because it runs before there are any.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Build tools are asked not to phone home, whatever the user's settings are. */
export const quietEnvironment = {
  ...process.env,
  TURBO_TELEMETRY_DISABLED: '1',
  TURBO_NO_UPDATE_NOTIFIER: '1',
  DO_NOT_TRACK: '1',
  NO_UPDATE_NOTIFIER: '1',
};

const stampFile = join(root, 'node_modules', '.h2ovl-installed');
const windows = process.platform === 'win32';

export function setup() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error(`h2ovl needs Node 20.19 or newer; this is ${process.version}.`);
    process.exit(1);
  }
  install();
  build();
}

function install() {
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) return;
  console.error('Installing from package-lock.json, once ...');
  run(windows ? 'npm.cmd' : 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(stampFile, wanted);
}

function build() {
  // turbo skips what did not change; its output is shown only when it fails.
  const result = spawnSync(process.execPath, [turboEntry(), 'run', 'build', '--output-logs=errors-only', '--log-prefix=none'], {
    cwd: root,
    env: quietEnvironment,
    encoding: 'utf8',
  });
  if (result.status === 0) return;
  console.error(result.stdout);
  console.error(result.stderr);
  console.error('The build failed; see above.');
  process.exit(1);
}

export function turboEntry() {
  return join(root, 'node_modules', 'turbo', 'bin', 'turbo');
}

/** Runs a command with its output shown, and ends this process when it fails. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: quietEnvironment, shell: windows, ...options });
  if (result.status !== 0) {
    if (result.error) console.error(result.error.message);
    process.exit(result.status ?? 1);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) setup();
