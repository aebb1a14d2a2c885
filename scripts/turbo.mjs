// Runs a turbo task without its telemetry: `node scripts/turbo.mjs build`.
import { run, turboEntry } from './setup.mjs';

run(process.execPath, [turboEntry(), 'run', ...process.argv.slice(2)]);
