/**
 * The part of n8n-workflow this package uses, so that a clean checkout type-checks without installing n8n.
 * scripts/lint.mjs compiles the same sources against the real declarations; a difference shows there.
 */
declare module 'n8n-workflow' {
  export type GenericValue = string | object | number | boolean | undefined | null;
  export interface IDataObject {
    [key: string]: GenericValue | IDataObject | GenericValue[] | IDataObject[];
  }
  export type JsonObject = { [key: string]: JsonValue };
  export type JsonValue = string | number | boolean | null | JsonObject | JsonValue[];
  export type Icon = `file:${string}.svg` | { light: `file:${string}.svg`; dark: `file:${string}.svg` };

  export const NodeConnectionTypes: { readonly Main: 'main' };

  export interface INode {
    id: string;
    name: string;
    type: string;
    typeVersion: number;
    position: [number, number];
    parameters: { [key: string]: unknown };
  }

  export interface IBinaryData {
    [key: string]: string | number | undefined;
    data: string;
    mimeType: string;
    fileName?: string;
    id?: string;
  }

  export interface INodeExecutionData {
    json: IDataObject;
    binary?: { [key: string]: IBinaryData };
    pairedItem?: { item: number };
  }

  export interface IDisplayOptions {
    show?: { [key: string]: (string | number | boolean)[] };
  }

  export interface INodePropertyOptions {
    name: string;
    value: string | number | boolean;
    action?: string;
    description?: string;
  }

  export interface INodePropertyCollection {
    displayName: string;
    name: string;
    values: INodeProperties[];
  }

  export interface INodePropertyMode {
    displayName: string;
    name: string;
    type: 'string' | 'list';
    hint?: string;
    placeholder?: string;
    typeOptions?: { searchListMethod?: string; searchable?: boolean };
  }

  export interface INodeProperties {
    displayName: string;
    name: string;
    type: 'boolean' | 'collection' | 'fixedCollection' | 'json' | 'notice' | 'number' | 'options' | 'resourceLocator' | 'string';
    default: string | number | boolean | { [key: string]: string | number | boolean };
    description?: string;
    hint?: string;
    placeholder?: string;
    required?: boolean;
    noDataExpression?: boolean;
    displayOptions?: IDisplayOptions;
    typeOptions?: {
      password?: boolean;
      rows?: number;
      minValue?: number;
      maxValue?: number;
      multipleValues?: boolean;
      binaryDataProperty?: boolean;
    };
    options?: (INodePropertyOptions | INodeProperties | INodePropertyCollection)[];
    modes?: INodePropertyMode[];
  }

  export interface INodeTypeDescription {
    displayName: string;
    name: string;
    icon: Icon;
    group: 'transform'[];
    version: number | number[];
    subtitle: string;
    description: string;
    defaults: { name: string };
    usableAsTool?: true;
    inputs: 'main'[];
    outputs: 'main'[];
    credentials: { name: string; required?: boolean }[];
    properties: INodeProperties[];
  }

  export interface INodeListSearchResult {
    results: { name: string; value: string | number | boolean; url?: string }[];
    paginationToken?: string;
  }

  export interface INodeType {
    description: INodeTypeDescription;
    execute?(this: IExecuteFunctions): Promise<INodeExecutionData[][]>;
    methods?: {
      listSearch?: { [key: string]: (this: ILoadOptionsFunctions, filter?: string) => Promise<INodeListSearchResult> };
    };
  }

  export interface ICredentialDataDecryptedObject {
    [key: string]: string | string[] | number | boolean | IDataObject | IDataObject[];
  }

  export interface IHttpRequestOptions {
    url: string;
    baseURL?: string;
    method?: 'GET' | 'POST';
    headers?: IDataObject;
    body?: object;
    json?: boolean;
    encoding?: 'stream';
    disableFollowRedirect?: boolean;
    timeout?: number;
    abortSignal?: AbortSignal;
    returnFullResponse?: boolean;
    ignoreHttpStatusErrors?: boolean;
    skipSslCertificateValidation?: boolean;
  }

  export interface ICredentialTestRequest {
    request: { baseURL?: string; url?: string; skipSslCertificateValidation?: string | boolean };
  }

  export interface ICredentialType {
    name: string;
    displayName: string;
    icon?: Icon;
    documentationUrl?: string;
    properties: INodeProperties[];
    authenticate?: (credentials: ICredentialDataDecryptedObject, requestOptions: IHttpRequestOptions) => Promise<IHttpRequestOptions>;
    test?: ICredentialTestRequest;
  }

  interface RequestHelpers {
    httpRequestWithAuthentication(
      this: IAllExecuteFunctions,
      credentialsType: string,
      requestOptions: IHttpRequestOptions,
    ): Promise<unknown>;
  }

  interface BaseFunctions {
    getCredentials<T extends object = ICredentialDataDecryptedObject>(type: string, itemIndex?: number): Promise<T>;
    getNode(): INode;
    helpers: RequestHelpers;
  }

  export interface ILoadOptionsFunctions extends BaseFunctions {}

  export interface IExecuteFunctions extends BaseFunctions {
    getInputData(): INodeExecutionData[];
    getNodeParameter(parameterName: string, itemIndex: number, fallbackValue?: unknown, options?: { extractValue?: boolean }): unknown;
    continueOnFail(): boolean;
    getExecutionCancelSignal(): AbortSignal | undefined;
    isToolExecution(): boolean;
    helpers: RequestHelpers & {
      assertBinaryData(itemIndex: number, parameterData: string | IBinaryData): IBinaryData;
      getBinaryDataBuffer(itemIndex: number, parameterData: string | IBinaryData): Promise<Buffer>;
    };
  }

  export type IAllExecuteFunctions = IExecuteFunctions | ILoadOptionsFunctions;

  interface NodeErrorOptions {
    message?: string;
    description?: string;
    itemIndex?: number;
  }

  export function sleep(timeInMs: number): Promise<void>;

  export class NodeApiError extends Error {
    constructor(node: INode, errorResponse: JsonObject, options?: NodeErrorOptions & { httpCode?: string });
    node: INode;
    httpCode: string | null;
    description: string | null | undefined;
    messages: string[];
    context: IDataObject;
  }

  export class NodeOperationError extends Error {
    constructor(node: INode, error: Error | string | JsonObject, options?: NodeErrorOptions);
    node: INode;
    description: string | null | undefined;
    messages: string[];
    context: IDataObject;
  }
}
