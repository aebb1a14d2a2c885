import { completable, type McpServer, ResourceTemplate } from '@modelcontextprotocol/server';
import { z } from 'zod';

const pixelPng = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';

/** Resources (text, binary, template, one to subscribe to) and prompts. */
export function registerResourceFixtures(server: McpServer): void {
  const text = (name: string, uri: string, body: string): void => {
    server.registerResource(name, uri, { description: `Fixture ${name}.`, mimeType: 'text/plain' }, () => ({
      contents: [{ uri, mimeType: 'text/plain', text: body }],
    }));
  };
  text('static-text', 'test://static-text', 'This is the content of the static text resource.');
  text('watched-resource', 'test://watched-resource', 'Watched.');
  const binary = 'test://static-binary';
  server.registerResource('static-binary', binary, { description: 'Fixture static-binary.', mimeType: 'image/png' }, () => ({
    contents: [{ uri: binary, mimeType: 'image/png', blob: pixelPng }],
  }));
  server.registerResource(
    'template',
    new ResourceTemplate('test://template/{id}/data', { list: undefined }),
    { description: 'Fixture template.', mimeType: 'application/json' },
    (uri, { id }) => ({ contents: [{ uri: uri.href, mimeType: 'application/json', text: JSON.stringify({ id, templateTest: true }) }] }),
  );
  server.server.setRequestHandler('resources/subscribe', () => ({}));
  server.server.setRequestHandler('resources/unsubscribe', () => ({}));
  registerPromptFixtures(server);
}

function registerPromptFixtures(server: McpServer): void {
  const user = (...content: readonly PromptContent[]): { messages: { role: 'user'; content: PromptContent }[] } => ({
    messages: content.map((part) => ({ role: 'user', content: part })),
  });
  server.registerPrompt('test_simple_prompt', { description: 'A prompt without arguments.' }, () =>
    user({ type: 'text', text: 'This is a simple prompt for testing.' }),
  );
  const arg1 = completable(z.string(), (typed) => ['paris', 'party', 'parade'].filter((word) => word.startsWith(typed)));
  server.registerPrompt(
    'test_prompt_with_arguments',
    { description: 'A prompt with two arguments.', argsSchema: z.object({ arg1, arg2: z.string() }) },
    (args) => user({ type: 'text', text: `Prompt with arguments: arg1='${args.arg1}', arg2='${args.arg2}'` }),
  );
  server.registerPrompt(
    'test_prompt_with_embedded_resource',
    { description: 'A prompt with a resource.', argsSchema: z.object({ resourceUri: z.string() }) },
    ({ resourceUri }) =>
      user(
        { type: 'resource', resource: { uri: resourceUri, mimeType: 'text/plain', text: 'Embedded resource content for testing.' } },
        { type: 'text', text: 'Please process the embedded resource above.' },
      ),
  );
  server.registerPrompt('test_prompt_with_image', { description: 'A prompt with an image.' }, () =>
    user({ type: 'image', data: pixelPng, mimeType: 'image/png' }, { type: 'text', text: 'Please analyze the image above.' }),
  );
}

type PromptContent =
  | { type: 'text'; text: string }
  | { type: 'image'; data: string; mimeType: string }
  | { type: 'resource'; resource: { uri: string; mimeType: string; text: string } };
