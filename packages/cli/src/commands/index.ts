import { askCommand } from './ask.ts';
import type { CommandModule } from './command.ts';
import { convertCommand } from './convert.ts';
import { doctorCommand } from './doctor.ts';
import { evalCommand } from './eval.ts';
import { extractCommand } from './extract.ts';
import { infoCommand } from './info.ts';
import { linesCommand } from './lines.ts';
import { mcpCommand } from './mcp.ts';
import { modelsCommand } from './models.ts';
import { pullCommand } from './pull.ts';
import { qualityCommand } from './quality.ts';
import { readCommand } from './read.ts';
import { selftestCommand } from './selftest.ts';
import { serveCommand } from './serve.ts';

/** Every command, in the order of the help page. */
export const commands: readonly CommandModule[] = [
  readCommand,
  askCommand,
  extractCommand,
  linesCommand,
  pullCommand,
  modelsCommand,
  convertCommand,
  infoCommand,
  doctorCommand,
  selftestCommand,
  serveCommand,
  mcpCommand,
  evalCommand,
  qualityCommand,
];
