import type { INodeProperties } from 'n8n-workflow';
import { schemaProperties } from './schema-description.ts';

const operation: INodeProperties = {
  displayName: 'Operation',
  name: 'operation',
  type: 'options',
  noDataExpression: true,
  options: [
    {
      name: 'Ask Question',
      value: 'askQuestion',
      action: 'Ask question about document',
      description: 'Answer a question about images together, or about each page of a document',
    },
    {
      name: 'Extract Data',
      value: 'extractData',
      action: 'Extract data from document',
      description: 'Fill the fields you describe from images together, or from each page of a document',
    },
    {
      name: 'Read Text',
      value: 'readText',
      action: 'Read text in document',
      description: 'Write down all text of a document, page by page',
    },
  ],
  default: 'readText',
};

const model: INodeProperties = {
  displayName: 'Model',
  name: 'model',
  type: 'resourceLocator',
  default: { mode: 'list', value: '' },
  description: 'The model that reads. Leave empty for the first one the server lists.',
  modes: [
    {
      displayName: 'From List',
      name: 'list',
      type: 'list',
      typeOptions: { searchListMethod: 'searchModels', searchable: true },
    },
    { displayName: 'ID', name: 'id', type: 'string', placeholder: 'e.g. 0.8b' },
  ],
};

const binaryPropertyName: INodeProperties = {
  displayName: 'Input Data Field Name(s)',
  name: 'binaryPropertyName',
  type: 'string',
  default: 'data',
  required: true,
  placeholder: 'e.g. data',
  hint: 'The name of the input field with the file. Several names with commas between are the pages of one document.',
  description:
    "Name of the binary field with a PDF, TIFF, PNG, JPEG, WebP, GIF, AVIF, BMP or HEIC file, or an expression that gives the binary itself, e.g. {{ $('Webhook').item.binary.data }}. As a tool of an agent only the expression works.",
};

const question: INodeProperties = {
  displayName: 'Question',
  name: 'text',
  type: 'string',
  typeOptions: { rows: 2 },
  default: '',
  required: true,
  placeholder: 'e.g. What is the total?',
  description: 'The question about the images, or about each page of a PDF or TIFF',
  displayOptions: { show: { operation: ['askQuestion'] } },
};

const options: INodeProperties = {
  displayName: 'Options',
  name: 'options',
  type: 'collection',
  placeholder: 'Add option',
  default: {},
  options: [
    {
      displayName: 'Document Budget',
      name: 'documentBudget',
      type: 'number',
      typeOptions: { minValue: 0 },
      default: 0,
      description:
        'Seconds of work on all pages of a PDF, TIFF or HEIC; those behind are skipped, and their verdict says so. 0 sets no limit.',
    },
    {
      displayName: 'Drafts',
      name: 'drafts',
      type: 'options',
      options: [
        { name: 'Automatic', value: 'auto', description: 'Propose what is known of a page to the model, which is faster' },
        { name: 'Off', value: 'off', description: 'Have the model write every word without proposals' },
      ],
      default: 'auto',
      description:
        'Whether text that is known of a page is proposed to the model, which checks it and writes what it would. Only with exact models is the text the same to the letter either way.',
    },
    {
      displayName: 'Evidence',
      name: 'evidence',
      type: 'boolean',
      default: false,
      description:
        'Whether to say where each value stands on the page: its boxes in pixels, the words there and the label beside it, and which values stand nowhere. Takes a second or more for each page, and one file for each item.',
      displayOptions: { show: { '/operation': ['extractData'] } },
    },
    {
      displayName: 'Items in Flight',
      name: 'itemsInFlight',
      type: 'number',
      typeOptions: { minValue: 1, maxValue: 32 },
      default: 4,
      description:
        'How many input items are sent at a time. A server answers four at once unless it was told otherwise; the rest wait. Read from the first item.',
    },
    {
      displayName: 'Keep Answers That Do Not Fit',
      name: 'keepMisfits',
      type: 'boolean',
      default: false,
      description:
        'Whether to output an answer that was cut, or that does not fit the schema, with valid false and the list of issues, instead of stopping',
      displayOptions: { show: { '/operation': ['extractData'] } },
    },
    {
      displayName: 'Max Tokens',
      name: 'maxTokens',
      type: 'number',
      typeOptions: { minValue: 1 },
      default: 1024,
      description:
        'Most tokens of an answer. Without this option 4,096 for Read Text and 1,024 otherwise. An answer cut by it is marked as truncated.',
    },
    {
      displayName: 'Mode',
      name: 'mode',
      type: 'options',
      options: [
        { name: 'Automatic', value: 'auto', description: 'Take what the file itself says where that is healthy, else have the model read' },
        { name: 'Lines', value: 'lines', description: 'Read the lines of every page without a language model' },
        { name: 'Model', value: 'model', description: 'Have the model read the picture of every page' },
        { name: 'Text Layer', value: 'text', description: 'Take what the file itself says, without the model' },
      ],
      default: 'auto',
      description: 'Where the text of a page comes from. A picture has no text layer.',
      displayOptions: { show: { '/operation': ['readText'] } },
    },
    {
      displayName: 'Output',
      name: 'output',
      type: 'options',
      options: [
        { name: 'One Item per Input Item', value: 'item', description: 'All pages together' },
        { name: 'One Item per Page', value: 'pages', description: 'Every page by itself; images that share a prompt are one page' },
      ],
      default: 'item',
      description: 'How many items come out',
    },
    {
      displayName: 'Page Budget',
      name: 'pageBudget',
      type: 'number',
      typeOptions: { minValue: 0 },
      default: 600,
      description:
        'Seconds of work on one page, the wait for other requests not counted; what was read by then comes out with the verdict timed-out. 0 leaves it to the server.',
    },
    {
      displayName: 'Pages',
      name: 'pages',
      type: 'string',
      default: '',
      placeholder: 'e.g. 1-3,7,-1',
      description: 'Which pages of a PDF or TIFF. Negative numbers count from the end. Leave empty for all pages.',
    },
    {
      displayName: 'Password',
      name: 'password',
      type: 'string',
      typeOptions: { password: true },
      default: '',
      description: 'Opens an encrypted PDF',
    },
    {
      displayName: 'Prompt',
      name: 'prompt',
      type: 'string',
      typeOptions: { rows: 3 },
      default: '',
      placeholder: 'e.g. Read the text in the image.',
      description: 'Instruction to the model in place of the one of the operation',
      displayOptions: { show: { '/operation': ['extractData', 'readText'] } },
    },
    {
      displayName: 'Read Blank Pages',
      name: 'readBlank',
      type: 'boolean',
      default: false,
      description: 'Whether to have the model read pages on which nothing looks like text, too. Models invent text on them.',
      displayOptions: { show: { '/operation': ['extractData', 'readText'] } },
    },
    {
      displayName: 'Rotate',
      name: 'rotate',
      type: 'options',
      options: [
        { name: 'Automatic', value: 'auto', description: 'As the lines of the page say, where that is clear' },
        { name: 'By 180 Degrees', value: 180 },
        { name: 'By 270 Degrees', value: 270 },
        { name: 'By 90 Degrees', value: 90 },
        { name: 'Not at All', value: 0 },
      ],
      default: 'auto',
      description: 'How far pages of a PDF, TIFF or HEIC are turned clockwise before the model sees them',
    },
    {
      displayName: 'Tiles',
      name: 'tiles',
      type: 'string',
      default: 'auto',
      placeholder: 'e.g. 4',
      description:
        'Most tiles a page is cut into. Fewer is faster and loses small print; auto takes as many as the model can; crops shows a page of a document in parts.',
    },
    {
      displayName: 'Timeout',
      name: 'timeout',
      type: 'number',
      typeOptions: { minValue: 1 },
      default: 600,
      description:
        'Seconds to wait for one page or one answer of the server, the wait for other requests included. Long pages on a slow machine take minutes.',
    },
  ],
};

/** The fields of the node, in the order in which the panel shows them. */
export const nodeProperties: INodeProperties[] = [operation, model, binaryPropertyName, question, ...schemaProperties, options];
