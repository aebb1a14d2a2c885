export { coreEngine, type Engine } from './engine.ts';
export { describeFailure, type Failure, type OutputProblem, ServerError, type ServerErrorOptions } from './errors.ts';
export { type DocumentRoots, openRoots } from './files/document-roots.ts';
export { createHttpApp, type HttpApp, type HttpAppOptions } from './http/create-http-app.ts';
export type { GuardOptions } from './http/guards.ts';
export { BodyBudget } from './http/read-body.ts';
export { keepStdoutClean } from './keep-stdout-clean.ts';
export { createLog, type Log, type LogFields, type LogLevel } from './log.ts';
export { createMcpEndpoint, type McpEndpoint, type McpEndpointOptions } from './mcp/create-mcp-endpoint.ts';
export { createMcpServer, type McpExtras } from './mcp/create-mcp-server.ts';
export { type ServeMcpStdioOptions, type StdioConnection, serveMcpStdio } from './mcp/serve-stdio.ts';
export type { ToolContext } from './mcp/tool-context.ts';
export { ModelHost, type ModelHostOptions } from './model-host.ts';
export type {
  ModelAnswer,
  ModelEvent,
  ModelLoader,
  ModelLoadProgress,
  ModelMessage,
  ModelPart,
  ModelPhase,
  ModelPort,
  ModelRequest,
  ModelText,
  OutputSchemaMaker,
} from './model-port.ts';
export { type AdmittedWork, ModelRunner, type ModelRunnerOptions, type WorkEvent } from './model-runner.ts';
export { runServer, type ServerEnvironment } from './run-server.ts';
export type { ServerConfig } from './server-config.ts';
export { type QueueState, type QueueTicket, WorkQueue, type WorkQueueOptions } from './work-queue.ts';
