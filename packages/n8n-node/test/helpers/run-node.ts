import type { INodeExecutionData } from 'n8n-workflow';
import { H2ovl } from '../../nodes/H2ovl/H2ovl.node.ts';
import { type ContextOptions, createContext } from './fake-context.ts';

/** The first bytes of a PNG: enough for a server that does not decode. */
export const png: Buffer = Buffer.from('89504e470d0a1a0a0000000d', 'hex');

/** The first bytes of a PDF. */
export const pdf: Buffer = Buffer.from('%PDF-1.7\n');

/** The parts of n8n's errors tests look at. */
export interface NodeProblem extends Error {
  readonly description?: string;
  readonly httpCode?: string;
  readonly context: { readonly itemIndex?: number };
}

/** Runs the node on one item with a PNG in `data`, unless the options say otherwise. */
export async function runNode(options: ContextOptions): Promise<readonly INodeExecutionData[]> {
  const output = await new H2ovl().execute.call(createContext({ items: [{ data: png }], ...options }));
  return output[0] ?? [];
}

/** Runs the node and hands out what it threw. */
export async function runToProblem(options: ContextOptions): Promise<NodeProblem> {
  try {
    await runNode(options);
  } catch (error) {
    return error as NodeProblem;
  }
  throw new Error('The node threw nothing.');
}
