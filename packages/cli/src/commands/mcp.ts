import type { CommandModule } from './command.ts';
import { defineServerCommand } from './server-process.ts';

export const mcpCommand: CommandModule = {
  name: 'mcp',
  description: 'Serve documents to agents over MCP, on standard input and output.',
  notes: (h2ovl) => `\n${h2ovl} mcp --help lists the options.`,
  define: (command, { h2ovl, run }) => defineServerCommand(command, { name: `${h2ovl} mcp`, run }),
};
