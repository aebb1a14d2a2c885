import type { IExecuteFunctions } from 'n8n-workflow';

/**
 * Whether an AI agent called the node as its tool. n8n gives the tool form of a node a type of its own;
 * `isToolExecution` says so only for agents before version 3, and not on older n8n.
 */
export function isToolRun(context: IExecuteFunctions): boolean {
  if (context.getNode().type.endsWith('Tool')) return true;
  return typeof context.isToolExecution === 'function' && context.isToolExecution();
}
