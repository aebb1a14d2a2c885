import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OperationName } from '@h2ovl/contract';
import { type DocumentRequestOptions, documentOptionNames, takesOption } from '@h2ovl/contract/wire';
import type { McpServer } from '@modelcontextprotocol/server';
import { expect, test } from 'vitest';
import type { ToolContext } from '../../src/mcp/tool-context.ts';
import { registerAskDocument } from '../../src/mcp/tools/ask-document.ts';
import { registerDocumentInfo } from '../../src/mcp/tools/document-info.ts';
import { registerExtractJson } from '../../src/mcp/tools/extract-json.ts';
import { registerListDocuments } from '../../src/mcp/tools/list-documents.ts';
import { registerReadDocument } from '../../src/mcp/tools/read-document.ts';

const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
/** The words in backticks of the second cell of the row that begins with this. */
const row = (first: string): string[] => {
  const line = readme.split('\n').find((text) => text.startsWith(`| ${first} `));
  return [...(line?.split(' | ').slice(1).join(' | ') ?? '').matchAll(/`([a-z_]+)\??`/g)].map(([, word = '']) => word);
};

test('the README names every option that a route takes', () => {
  for (const operation of ['read', 'ask', 'extract'] as const satisfies readonly OperationName[]) {
    const named = [...row(`\`/v1/${operation}\``), ...row('all of them')];
    const taken = Object.entries(documentOptionNames).filter(([name]) => takesOption(operation, name as keyof DocumentRequestOptions));
    expect([operation, taken.map(([, wire]) => wire).filter((wire) => !named.includes(wire))]).toEqual([operation, []]);
  }
});

test('the README names every argument of every tool', () => {
  const seen: string[] = [];
  const collect = (name: string, { inputSchema }: { readonly inputSchema: { readonly shape: object } }): void => {
    seen.push(name);
    const named = row(`\`${name}\``);
    expect([name, Object.keys(inputSchema.shape).filter((argument) => !named.includes(argument))]).toEqual([name, []]);
  };
  const server = { registerTool: collect } as unknown as McpServer;
  for (const register of [registerListDocuments, registerDocumentInfo, registerReadDocument, registerAskDocument, registerExtractJson]) {
    register(server, {} as ToolContext);
  }
  expect(seen).toHaveLength(5);
});
