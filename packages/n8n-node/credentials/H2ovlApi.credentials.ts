import type {
  ICredentialDataDecryptedObject,
  ICredentialTestRequest,
  ICredentialType,
  Icon,
  IHttpRequestOptions,
  INodeProperties,
} from 'n8n-workflow';

/** Where the h2ovl server is and how to be let in. */
export class H2ovlApi implements ICredentialType {
  name = 'h2ovlApi';

  displayName = 'H2OVL Mississippi API';

  icon: Icon = { light: 'file:../nodes/H2ovl/h2ovl.svg', dark: 'file:../nodes/H2ovl/h2ovl.dark.svg' };

  documentationUrl = 'https://github.com/h2ovl/h2ovl/tree/main/packages/n8n-node#credential';

  properties: INodeProperties[] = [
    {
      displayName: 'Base URL',
      name: 'baseUrl',
      type: 'string',
      default: 'http://127.0.0.1:7878',
      required: true,
      placeholder: 'e.g. http://127.0.0.1:7878',
      description:
        "Address of your h2ovl server. When n8n runs in Docker, localhost is the container itself: use http://host.docker.internal:7878 or the name of the server's service.",
    },
    {
      displayName: 'API Key',
      name: 'apiKey',
      type: 'string',
      typeOptions: { password: true },
      default: '',
      description: 'The token the server was started with. Leave empty for a server on this machine that asks for none.',
    },
    {
      displayName: 'Ignore SSL Issues (Insecure)',
      name: 'ignoreSslIssues',
      type: 'boolean',
      default: false,
      description: 'Whether to connect even if the certificate of the server cannot be checked',
    },
  ];

  /** An empty key sends no header at all: `Authorization: Bearer ` would be refused by a server that asks for none. */
  authenticate = async (credentials: ICredentialDataDecryptedObject, requestOptions: IHttpRequestOptions): Promise<IHttpRequestOptions> => {
    const apiKey = typeof credentials.apiKey === 'string' ? credentials.apiKey.trim() : '';
    return {
      ...requestOptions,
      headers: { ...requestOptions.headers, ...(apiKey === '' ? {} : { Authorization: `Bearer ${apiKey}` }) },
      ...(credentials.ignoreSslIssues === true ? { skipSslCertificateValidation: true } : {}),
    };
  };

  test: ICredentialTestRequest = {
    request: {
      baseURL: '={{ $credentials.baseUrl.trim().replace(/(\\/v1)?\\/*$/, "") }}',
      url: '/v1/models',
      skipSslCertificateValidation: '={{ $credentials.ignoreSslIssues }}',
    },
  };
}
