import type { CommandModule } from './command.ts';
import { defineServerCommand } from './server-process.ts';

export const serveCommand: CommandModule = {
  name: 'serve',
  description: 'Serve an OpenAI-shaped HTTP API and MCP on this machine.',
  notes: (h2ovl) => `\n${h2ovl} serve --help lists the options.`,
  define: (command, { h2ovl, run }) => defineServerCommand(command, { name: `${h2ovl} serve`, transport: 'http', run }),
};
