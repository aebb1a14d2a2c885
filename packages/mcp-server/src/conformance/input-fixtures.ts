import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  type InputRequest,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
  type McpServer,
  type RequestStateCodec,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { z } from 'zod';

type Answer = { content: { type: 'text'; text: string }[] };
type Step = Answer | InputRequiredResult | Promise<InputRequiredResult>;

const askName = (message: string): InputRequest => inputRequired.elicit({ message, requestedSchema: z.object({ name: z.string() }) });
const askModel = (text: string, maxTokens: number): InputRequest =>
  inputRequired.createMessage({ messages: [{ role: 'user', content: { type: 'text', text } }], maxTokens });
const say = (text: string): Answer => ({ content: [{ type: 'text', text }] });

/** Tools and a prompt that need something from the client first; written once, served to both eras. */
export function registerInputFixtures(server: McpServer, codec: RequestStateCodec): void {
  registerSingleQuestions(server);
  registerElicitationForms(server);
  registerStatefulTools(server, codec);
  server.registerPrompt('test_input_required_result_prompt', { description: 'Needs a context from the client.' }, (ctx) => {
    const context = acceptedContent<{ context: string }>(ctx.mcpReq.inputResponses, 'user_context');
    if (context === undefined) {
      const requestedSchema = z.object({ context: z.string() });
      return inputRequired({
        inputRequests: { user_context: inputRequired.elicit({ message: 'What context should the prompt use?', requestedSchema }) },
      });
    }
    return { messages: [{ role: 'user', content: { type: 'text', text: `Context: ${context.context}` } }] };
  });
}

/** Asks `request` under `key`, then answers with what `read` makes of the response. */
function askOnce(key: string, request: InputRequest, read: (ctx: ServerContext) => string | undefined): (ctx: ServerContext) => Step {
  return (ctx) => {
    const text = read(ctx);
    return text === undefined ? inputRequired({ inputRequests: { [key]: request } }) : say(text);
  };
}

function readSampling(key: string): (ctx: ServerContext) => string | undefined {
  return (ctx) => {
    const response = inputResponse(ctx.mcpReq.inputResponses, key);
    return response.kind === 'sampling' ? JSON.stringify(response.result.content) : undefined;
  };
}

function registerSingleQuestions(server: McpServer): void {
  server.registerTool(
    'test_input_required_result_elicitation',
    { description: 'Asks for a name.' },
    askOnce('user_name', askName('What is your name?'), (ctx) => {
      const answer = acceptedContent<{ name: string }>(ctx.mcpReq.inputResponses, 'user_name');
      return answer === undefined ? undefined : `Hello, ${answer.name}!`;
    }),
  );
  server.registerTool(
    'test_input_required_result_sampling',
    { description: "Asks the client's model." },
    askOnce('capital_question', askModel('What is the capital of France?', 100), readSampling('capital_question')),
  );
  server.registerTool(
    'test_input_required_result_list_roots',
    { description: "Asks for the client's roots." },
    askOnce('client_roots', inputRequired.listRoots(), (ctx) => {
      const response = inputResponse(ctx.mcpReq.inputResponses, 'client_roots');
      return response.kind === 'roots' ? response.roots.map((root) => root.uri).join(', ') : undefined;
    }),
  );
  const needsSampling = askOnce('answer', askModel('Say something.', 100), readSampling('answer'));
  server.registerTool('test_missing_capability', { description: 'Cannot work without sampling.' }, needsSampling);
  server.registerTool(
    'test_sampling',
    { description: "Asks the client's model.", inputSchema: z.object({ prompt: z.string() }) },
    ({ prompt }, ctx) => askOnce('answer', askModel(prompt, 100), readSampling('answer'))(ctx),
  );
  server.registerTool('test_input_required_result_capabilities', { description: 'Asks only for what the client can do.' }, (ctx) => {
    // The SDK's type for the envelope names no keys.
    const envelope = (ctx.mcpReq.envelope ?? {}) as Readonly<Record<string, object | undefined>>;
    const declared = envelope[CLIENT_CAPABILITIES_META_KEY] ?? {};
    const inputRequests = {
      ...('sampling' in declared ? { greeting: askModel('Generate a greeting', 50) } : {}),
      ...('elicitation' in declared ? { user_name: askName('What is your name?') } : {}),
    };
    return Object.keys(inputRequests).length === 0 ? say('The client can do neither.') : inputRequired({ inputRequests });
  });
}

function registerElicitationForms(server: McpServer): void {
  const readForm = (ctx: ServerContext): string | undefined => {
    const response = inputResponse(ctx.mcpReq.inputResponses, 'form');
    return response.kind === 'elicit' ? `${response.action}: ${JSON.stringify(response.content ?? {})}` : undefined;
  };
  const requestedSchema = z.object({
    username: z.string().describe("User's response"),
    email: z.string().describe("User's email address"),
  });
  server.registerTool(
    'test_elicitation',
    { description: 'Asks the user.', inputSchema: z.object({ message: z.string() }) },
    ({ message }, ctx) => askOnce('form', inputRequired.elicit({ message, requestedSchema }), readForm)(ctx),
  );
  server.registerTool(
    'test_streaming_elicitation',
    { description: 'Asks the user from within a stream.' },
    askOnce('form', askName('What is your name?'), readForm),
  );
  server.registerTool(
    'test_elicitation_sep1034_defaults',
    { description: 'A form with a default for each type.' },
    askOnce(
      'form',
      inputRequired.elicit({ message: 'Please review', requestedSchema: { type: 'object', properties: defaultsForm, required: [] } }),
      readForm,
    ),
  );
  server.registerTool(
    'test_elicitation_sep1330_enums',
    { description: 'A form with each kind of choice.' },
    askOnce(
      'form',
      inputRequired.elicit({ message: 'Please choose', requestedSchema: { type: 'object', properties: enumsForm, required: [] } }),
      readForm,
    ),
  );
}

const defaultsForm = {
  name: { type: 'string' as const, default: 'John Doe' },
  age: { type: 'integer' as const, default: 30 },
  score: { type: 'number' as const, default: 95.5 },
  status: { type: 'string' as const, enum: ['active', 'inactive', 'pending'], default: 'active' },
  verified: { type: 'boolean' as const, default: true },
};

const titled = [
  { const: 'value1', title: 'First Option' },
  { const: 'value2', title: 'Second Option' },
  { const: 'value3', title: 'Third Option' },
];

const enumsForm = {
  untitledSingle: { type: 'string' as const, enum: ['option1', 'option2', 'option3'] },
  titledSingle: { type: 'string' as const, oneOf: titled },
  legacyEnum: { type: 'string' as const, enum: ['opt1', 'opt2', 'opt3'], enumNames: ['Option One', 'Option Two', 'Option Three'] },
  untitledMulti: { type: 'array' as const, items: { type: 'string' as const, enum: ['option1', 'option2', 'option3'] } },
  titledMulti: { type: 'array' as const, items: { anyOf: titled } },
};

function registerStatefulTools(server: McpServer, codec: RequestStateCodec): void {
  const confirm = (): InputRequest => inputRequired.elicit({ message: 'Please confirm', requestedSchema: z.object({ ok: z.boolean() }) });
  for (const name of ['test_input_required_result_request_state', 'test_input_required_result_tampered_state']) {
    server.registerTool(name, { description: 'Hands out sealed state and takes it back.' }, async (ctx) => {
      const state = ctx.mcpReq.requestState<{ step: string }>();
      const answer = acceptedContent(ctx.mcpReq.inputResponses, 'confirm');
      if (state?.step === 'confirm' && answer !== undefined) return say('state-ok');
      return inputRequired({ inputRequests: { confirm: confirm() }, requestState: await codec.mint({ step: 'confirm' }) });
    });
  }
  server.registerTool('test_input_required_result_multiple_inputs', { description: 'Asks for three things at once.' }, async (ctx) => {
    const responses = ctx.mcpReq.inputResponses;
    const keys = ['user_name', 'greeting', 'client_roots'] as const;
    if (keys.every((key) => inputResponse(responses, key).kind !== 'missing')) return say('All three came.');
    const inputRequests = {
      user_name: askName('What is your name?'),
      greeting: askModel('Generate a greeting', 50),
      client_roots: inputRequired.listRoots(),
    };
    return inputRequired({ inputRequests, requestState: await codec.mint({ step: 'three' }) });
  });
  server.registerTool('test_input_required_result_multi_round', { description: 'Asks twice.' }, async (ctx) => {
    const state = ctx.mcpReq.requestState<{ step: number; name?: string }>();
    const responses = ctx.mcpReq.inputResponses;
    const color = acceptedContent<{ color: string }>(responses, 'step2');
    if (state?.step === 2 && color !== undefined) return say(`${state.name ?? ''} likes ${color.color}.`);
    const first = acceptedContent<{ name: string }>(responses, 'step1');
    if (state?.step === 1 && first !== undefined) {
      const step2 = inputRequired.elicit({
        message: 'Step 2: What is your favorite color?',
        requestedSchema: z.object({ color: z.string() }),
      });
      return inputRequired({ inputRequests: { step2 }, requestState: await codec.mint({ step: 2, name: first.name }) });
    }
    return inputRequired({ inputRequests: { step1: askName('Step 1: What is your name?') }, requestState: await codec.mint({ step: 1 }) });
  });
}
