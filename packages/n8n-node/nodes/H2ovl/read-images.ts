import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { detectFileKind } from './image-type.ts';
import { isToolRun } from './is-tool-run.ts';

/** One image of an item, ready to be sent. */
export interface ItemImage {
  /** Name for messages: the file's, or the field's. */
  readonly name: string;
  /** `data:` URL with the content. */
  readonly url: string;
}

/**
 * The images an item names, in order. The parameter holds one field name, several with commas between, or a binary object from an expression.
 * Binaries are only touched through n8n's helpers: they may lie in memory, on disk or in a database.
 */
export async function readImages(context: IExecuteFunctions, itemIndex: number): Promise<readonly ItemImage[]> {
  const parameter: unknown = context.getNodeParameter('binaryPropertyName', itemIndex);
  const sources = listSources(parameter);
  if (sources.length === 0) {
    throw new NodeOperationError(context.getNode(), 'No image field is named', {
      itemIndex,
      description: 'Write the name of the field that holds the image into Input Data Field Name(s), e.g. data.',
    });
  }
  const images: ItemImage[] = [];
  for (const source of sources) images.push(await readImage(context, itemIndex, source));
  return images;
}

function listSources(parameter: unknown): readonly (string | IBinaryData)[] {
  if (typeof parameter === 'string') {
    return parameter
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '');
  }
  if (Array.isArray(parameter)) return parameter.flatMap(listSources);
  return isBinary(parameter) ? [parameter] : [];
}

function isBinary(value: unknown): value is IBinaryData {
  return typeof value === 'object' && value !== null && 'mimeType' in value && ('data' in value || 'id' in value);
}

async function readImage(context: IExecuteFunctions, itemIndex: number, source: string | IBinaryData): Promise<ItemImage> {
  const { name, bytes } = await readBinary(context, itemIndex, source);
  const kind = detectFileKind(bytes);
  if (kind.type === 'unsupported') {
    throw new NodeOperationError(context.getNode(), `'${name}' is ${kind.name}`, { itemIndex, description: kind.nextMove });
  }
  return { name, url: `data:${kind.mimeType};base64,${bytes.toString('base64')}` };
}

async function readBinary(
  context: IExecuteFunctions,
  itemIndex: number,
  source: string | IBinaryData,
): Promise<{ readonly name: string; readonly bytes: Buffer }> {
  try {
    const binary = context.helpers.assertBinaryData(itemIndex, source);
    const bytes = await context.helpers.getBinaryDataBuffer(itemIndex, source);
    return { name: binary.fileName ?? (typeof source === 'string' ? source : 'image'), bytes };
  } catch (error) {
    throw explainMissingImage(context, itemIndex, source, error);
  }
}

/** An agent hands its tools no binaries, and n8n's helper then speaks of "undefined": say what to set instead. */
function explainMissingImage(
  context: IExecuteFunctions,
  itemIndex: number,
  source: string | IBinaryData,
  error: unknown,
): NodeOperationError {
  if (typeof source === 'string' && isToolRun(context)) {
    return new NodeOperationError(context.getNode(), 'An AI agent hands no files to its tools, so there is no image to read', {
      itemIndex,
      description:
        "Set Input Data Field Name(s) of this tool to an expression that takes the image from an earlier node, e.g. {{ $('Webhook').item.binary.data }}.",
    });
  }
  const reason = error instanceof Error ? error.message : String(error);
  const message =
    typeof source === 'string' ? `The item has no image in the field '${source}'` : 'The image named by the expression cannot be read';
  return new NodeOperationError(context.getNode(), message, {
    itemIndex,
    description: `Check Input Data Field Name(s) and the node before this one. n8n said: ${reason}`,
  });
}
