import { randomBytes } from 'node:crypto';
import { APIError, NotFoundError } from '@h2ovl/contract';
import { type Health, type ModelList, wirePaths } from '@h2ovl/contract/wire';
import { Hono } from 'hono';
import { type ChatCompletionsOptions, chatCompletions } from './chat-completions.ts';
import { answerPreflight, isPreflight, originHeaders } from './cross-origin.ts';
import { answerDocument, type DocumentRouteOptions } from './documents/answer-document.ts';
import { askRoute } from './documents/ask-route.ts';
import { extractRoute } from './documents/extract-route.ts';
import { readRoute } from './documents/read-route.ts';
import { errorResponse } from './error-response.ts';
import { checkAddress, checkRequest, type GuardOptions, isTrusted } from './guards.ts';
import { LateFailures } from './late-failures.ts';
import { countTokens, modelInfo } from './model-questions.ts';
import { checkModel } from './read-chat.ts';

export interface HttpAppOptions extends Omit<ChatCompletionsOptions & DocumentRouteOptions, 'lateFailures'> {
  readonly guards: GuardOptions;
  /** Answers what comes to `/mcp`. */
  readonly mcp: { fetch(request: Request): Promise<Response> };
}

/** A function from request to response. */
export interface HttpApp {
  fetch(request: Request): Response | Promise<Response>;
}

/** What nginx notes for a client that left before its answer. */
const clientGoneStatus = 499;

/** Path of the MCP endpoint. */
export const mcpPath: string = '/mcp';

const modelRoute = `${wirePaths.models}/{id}`;

const methods: Readonly<Record<string, readonly string[]>> = {
  [wirePaths.chatCompletions]: ['POST'],
  [wirePaths.read]: ['POST'],
  [wirePaths.ask]: ['POST'],
  [wirePaths.extract]: ['POST'],
  [wirePaths.promptSize]: ['POST'],
  [wirePaths.info]: ['GET', 'HEAD'],
  [wirePaths.models]: ['GET', 'HEAD'],
  [modelRoute]: ['GET', 'HEAD'],
  [wirePaths.health]: ['GET', 'HEAD'],
  [mcpPath]: ['GET', 'POST', 'DELETE'],
};

/** All of HTTP as one function, `app.fetch(Request)`: guards first, then the routes; every answer carries `x-request-id`. */
export function createHttpApp(given: HttpAppOptions): HttpApp {
  const { runner, log, guards, mcp } = given;
  const options: ChatCompletionsOptions & DocumentRouteOptions = { ...given, lateFailures: new LateFailures() };
  const created = Math.floor(Date.now() / 1000);
  const app = new Hono<{ Variables: { requestId: string } }>();
  app.use(async (context, next) => {
    const requestId = `req_${randomBytes(12).toString('hex')}`;
    const started = performance.now();
    context.set('requestId', requestId);
    const { raw, path, method } = context.req;
    if (isPreflight(raw)) {
      checkAddress(raw, guards);
      context.res = answerPreflight(raw, findMethods(path), guards.allowedOrigins);
    } else {
      // What watches a container asks without the token whether the server lives.
      if (path === wirePaths.health) checkAddress(raw, guards);
      else checkRequest(raw, guards);
      checkMethod(path, method);
      await next();
      for (const [name, value] of Object.entries(originHeaders(raw, guards.allowedOrigins))) context.res.headers.set(name, value);
    }
    context.res.headers.set('x-request-id', requestId);
    log('info', 'request', {
      requestId,
      method,
      route: knownRoute(path),
      status: context.res.status,
      ms: Math.round(performance.now() - started),
    });
  });
  app.post(wirePaths.chatCompletions, (context) => chatCompletions(context.req.raw, options));
  for (const route of [readRoute, askRoute, extractRoute]) {
    app.post(wirePaths[route.operation], (context) => answerDocument(context.req.raw, route, options));
  }
  app.post(wirePaths.promptSize, (context) => countTokens(context.req.raw, runner, options));
  app.get(wirePaths.info, (context) => modelInfo(context.req.raw, runner));
  const model: ModelList['data'][number] = { id: runner.modelId, object: 'model', created, owned_by: 'h2ovl' };
  app.get(wirePaths.models, (context) => context.json({ object: 'list', data: [model] } satisfies ModelList));
  app.get(`${wirePaths.models}/:id{.+}`, (context) => {
    checkModel(context.req.param('id'), runner.modelId);
    return context.json(model);
  });
  app.get(wirePaths.health, (context) => {
    const status = runner.modelState;
    // Without the token it says that the server lives, and nothing of what it does.
    if (!isTrusted(context.req.raw, guards)) return context.json({ status } satisfies Pick<Health, 'status'>);
    return context.json({ status, model: runner.modelId, queue: runner.queueState } satisfies Health);
  });
  app.all(mcpPath, (context) => mcp.fetch(context.req.raw));
  app.onError((error, context) => {
    const requestId = context.get('requestId');
    if (error.name === 'AbortError') {
      log('info', 'aborted', { requestId, method: context.req.method, route: knownRoute(context.req.path) });
      return new Response(null, { status: clientGoneStatus }); // nobody reads it
    }
    const response = errorResponse(error, log);
    response.headers.set('x-request-id', requestId);
    for (const [name, value] of Object.entries(originHeaders(context.req.raw, guards.allowedOrigins))) response.headers.set(name, value);
    const allowed = methods[knownRoute(context.req.path)];
    if (response.status === 405 && allowed !== undefined) response.headers.set('allow', allowed.join(', '));
    log('info', 'request', { requestId, method: context.req.method, route: knownRoute(context.req.path), status: response.status });
    return response;
  });
  return { fetch: (request) => app.fetch(request) };
}

/** The methods a path answers. @throws NOT_FOUND */
function findMethods(path: string): readonly string[] {
  const allowed = methods[knownRoute(path)];
  if (allowed !== undefined) return allowed;
  throw new NotFoundError('There is nothing at this path.', { hint: `Known: ${Object.keys(methods).join(', ')}.` });
}

function checkMethod(path: string, method: string): void {
  const allowed = findMethods(path);
  if (!allowed.includes(method)) {
    throw new APIError(
      'METHOD_NOT_ALLOWED',
      `${method} is not answered here; ${allowed.join(', ')} ${allowed.length === 1 ? 'is' : 'are'}.`,
    );
  }
}

/** The route a path belongs to, which is also what the log says: paths of others may carry anything. */
function knownRoute(path: string): string {
  if (Object.hasOwn(methods, path)) return path;
  return path.startsWith(`${wirePaths.models}/`) && path.length > wirePaths.models.length + 1 ? modelRoute : 'other';
}
