import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { VisionError } from '@h2ovl/contract';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { type LogLevel, logLevels } from './log.ts';
import { isLoopback } from './loopback.ts';
import { packageVersion } from './package-version.ts';

/** Everything the server is told at start. */
export interface ServerConfig {
  readonly transport: 'stdio' | 'http';
  /** Folders documents may be read from. */
  readonly roots: readonly string[];
  /** Alias or checkpoint folder. */
  readonly model: string;
  /** How clients address it: the alias, or the folder's name. */
  readonly modelId: string;
  /** Whether nobody chose the model. */
  readonly isDefaultModel: boolean;
  readonly host: string;
  readonly port: number;
  readonly allowedHosts: readonly string[];
  /** Origins of web pages that may use the server, as browsers write them. */
  readonly allowedOrigins: readonly string[];
  readonly token: string | undefined;
  /** Most requests that wait. */
  readonly queueLimit: number;
  /** Answers in work at the same time; they share decode steps. */
  readonly parallelAnswers: number;
  /** Processes that decode documents at the same time. */
  readonly maxDecoders: number;
  readonly threads: number | undefined;
  /** `auto`, `cpu`, `webgpu` or `webgpu:vision`; checked when the server starts. Undefined: H2OVL_DEVICE, else `auto`. */
  readonly device: string | undefined;
  readonly maxSeconds: number;
  /** Seconds after which an answer over HTTP that is not a stream sends its status. */
  readonly statusAfterSeconds: number;
  /** Most sessions of 2025-era MCP clients. */
  readonly maxSessions: number;
  /** Minutes after which a session that nobody uses ends. */
  readonly sessionIdleMinutes: number;
  /** Whether the model is loaded at the start, before anybody asks. */
  readonly isPreloaded: boolean;
  readonly logLevel: LogLevel;
  readonly hasConformanceFixtures: boolean;
}

/** What the command line asked for. */
export type CommandLine = { readonly type: 'serve'; readonly config: ServerConfig } | { readonly type: 'print'; readonly text: string };

// The model's own default: four answers that share decode steps take less time than one after the other.
const parallelAnswers = 4;

/** How the server was started. */
export interface ServerStart {
  /** The words that start it; default: `h2ovl-mcp`. */
  readonly name?: string;
  /** Fixed by the way of starting it. */
  readonly transport?: 'http';
}

const help = ({ name = 'h2ovl-mcp', transport }: ServerStart): string => `
${transport === 'http' ? 'It answers on' : 'Without --http the server speaks MCP on stdin and stdout. With it, it answers on'}
  POST /v1/read, /v1/ask, /v1/extract and /v1/chat/completions, GET /v1/models, GET /health and /mcp.
It opens no connections of its own. Documents are read only below the --root folders; none is allowed unless named. list_documents leaves out
folders whose names begin with a dot.

Environment: H2OVL_MODEL, H2OVL_DEVICE, H2OVL_API_KEY (bearer token), H2OVL_LOG_LEVEL, H2OVL_HOME (where converted models are kept).

Examples:
  ${name} --root ~/Documents
  ${name}${transport === 'http' ? '' : ' --http'} --root ./scans --model 0.8b
  ${name}${transport === 'http' ? '' : ' --http'} --host 0.0.0.0 --token-file ./token --allowed-host h2ovl
  ${name}${transport === 'http' ? '' : ' --http'} --allowed-origin http://localhost:5173`;

/**
 * Reads flags and environment.
 * @throws INVALID_ARGUMENT with a sentence for the user
 */
export function readCommandLine(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  start: ServerStart = {},
): CommandLine {
  let printed = '';
  const command = buildCommand(start);
  command.configureOutput({
    writeOut: (text) => {
      printed += text;
    },
    writeErr: () => {},
  });
  try {
    command.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { type: 'print', text: printed };
    const [sentence = '', suggestion = ''] = error.message.replace(/^error: /, '').split('\n');
    throw usage([sentence.replace(/\.?$/, '.'), suggestion.replace(/^\((.*)\)$/, '$1')].join(' ').trimEnd(), start.name);
  }
  return { type: 'serve', config: checkConfig({ ...command.opts<Flags>(), ...(start.transport === 'http' ? { http: true } : {}) }, env) };
}

interface Flags {
  readonly root: string[];
  readonly model?: string;
  readonly http?: true;
  readonly host: string;
  readonly port: number;
  readonly tokenFile?: string;
  readonly allowedHost: string[];
  readonly allowedOrigin: string[];
  readonly queue: number;
  readonly decoders: number;
  readonly threads?: number;
  readonly device?: string;
  readonly maxSeconds: number;
  readonly statusAfter: number;
  readonly maxSessions: number;
  readonly sessionIdle: number;
  readonly preload?: true;
  readonly logLevel?: LogLevel;
  readonly conformanceFixtures?: true;
}

function buildCommand(start: ServerStart): Command {
  const collect = (value: string, before: string[]): string[] => [...before, value];
  return new Command(start.name ?? 'h2ovl-mcp')
    .description('Document reading for agents: MCP and an OpenAI-shaped HTTP API over a local H2OVL-Mississippi model.')
    .version(packageVersion)
    .option('--root <folder>', 'allow reading below this folder; may be given several times', collect, [])
    .option('--model <name>', 'nano, 0.8b, 2b or a checkpoint folder (H2OVL_MODEL; default: nano)')
    .option('--preload', 'load the model at the start instead of with the first question')
    .addOption(new Option('--http', 'serve HTTP instead of stdin and stdout').hideHelp(start.transport === 'http'))
    .option('--host <address>', 'address to listen on; anything but loopback needs a token', '127.0.0.1')
    .option('--port <number>', 'port to listen on; 0 picks a free one', wholeNumber(0, 65_535), 7878)
    .option('--token-file <file>', 'file with the bearer token clients must send (or H2OVL_API_KEY)')
    .option('--allowed-host <name>', 'further host name clients may use; may be given several times', collect, [])
    .option('--allowed-origin <origin>', 'let web pages of this origin use the server; may be given several times', collectOrigin, [])
    .option('--queue <count>', 'requests that may wait; one more is refused', wholeNumber(0, 10_000), 16)
    .option('--decoders <count>', 'processes that decode PDF, HEIC and TIFF at the same time', wholeNumber(1, 1024), 4)
    .option('--threads <count>', 'threads of the model (default: physical cores)', wholeNumber(1, 1024))
    .option('--device <name>', 'auto, cpu, webgpu or webgpu:vision (or H2OVL_DEVICE; default: auto)')
    .option('--max-seconds <count>', 'longest time one answer may take', wholeNumber(1, 86_400), 3600)
    .option(
      '--status-after <seconds>',
      'keep the status of a whole answer open this long; longer than proxies wait loses answers',
      wholeNumber(1, 86_400),
      50,
    )
    .option('--max-sessions <count>', 'sessions of MCP clients over HTTP; those in use are never ended', wholeNumber(1, 10_000), 512)
    .option('--session-idle <minutes>', 'end a session that nobody has used for this long', wholeNumber(1, 100_000), 1440)
    .addOption(new Option('--log-level <level>', 'lines on stderr (H2OVL_LOG_LEVEL; default: info)').choices(logLevels))
    .addOption(new Option('--log-json', 'lines on stderr as JSON, which they always are').hideHelp())
    .addOption(new Option('--conformance-fixtures').hideHelp())
    .allowExcessArguments(false)
    .addHelpText('after', help(start))
    .exitOverride();
}

function checkConfig(flags: Flags, env: Readonly<Record<string, string | undefined>>): ServerConfig {
  const model = flags.model ?? (env.H2OVL_MODEL || undefined);
  const isHttp = flags.http === true;
  const token = readToken(flags.tokenFile, env);
  if (isHttp && token === undefined && !isLoopback(flags.host)) {
    throw usage(`${flags.host} can be reached by others, so a bearer token is needed: give --token-file FILE or set H2OVL_API_KEY.`);
  }
  const hasConformanceFixtures = flags.conformanceFixtures === true;
  if (hasConformanceFixtures && !(isHttp && isLoopback(flags.host))) {
    throw usage('--conformance-fixtures works only with --http on a loopback address.');
  }
  return {
    transport: isHttp ? 'http' : 'stdio',
    roots: flags.root,
    model: model ?? 'nano',
    modelId: /[\\/]|^\.\.?$/.test(model ?? '') ? basename(resolve(model ?? '')) : (model ?? 'nano'),
    isDefaultModel: model === undefined,
    host: flags.host,
    port: flags.port,
    allowedHosts: flags.allowedHost.map((name) => name.toLowerCase()),
    allowedOrigins: flags.allowedOrigin,
    token,
    queueLimit: flags.queue,
    parallelAnswers,
    maxDecoders: flags.decoders,
    threads: flags.threads,
    device: flags.device,
    maxSeconds: flags.maxSeconds,
    statusAfterSeconds: flags.statusAfter,
    maxSessions: flags.maxSessions,
    sessionIdleMinutes: flags.sessionIdle,
    isPreloaded: flags.preload === true,
    logLevel: flags.logLevel ?? readLogLevel(env.H2OVL_LOG_LEVEL),
    hasConformanceFixtures,
  };
}

function readToken(file: string | undefined, env: Readonly<Record<string, string | undefined>>): string | undefined {
  if (file === undefined) return env.H2OVL_API_KEY || undefined;
  let token: string;
  try {
    token = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new VisionError('INVALID_ARGUMENT', `The token file ${file} cannot be read.`, {
      cause: error,
      hint: 'Name a file with the token on one line.',
    });
  }
  if (!/^\S+$/.test(token)) throw usage(`The token file ${file} must hold one token without spaces.`);
  return token;
}

function collectOrigin(value: string, before: string[]): string[] {
  if (value === '*' || value.toLowerCase() === 'null') {
    throw new InvalidArgumentError('Every page of the web could then read documents. Name the origins, as in https://app.example.com.');
  }
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(value)?.[0].toLowerCase() ?? '';
  const isOrigin = url !== undefined && url.host !== '' && /^\/?$/.test(url.pathname) && !/[?#@]/.test(value);
  if (!isOrigin) throw new InvalidArgumentError('It must be an origin without a path, as in https://app.example.com.');
  // Extensions and desktop shells have schemes of their own, whose URLs have no origin in the sense of the standard.
  return [...before, url.origin === 'null' ? `${scheme}//${url.host}` : url.origin];
}

function readLogLevel(value: string | undefined): LogLevel {
  if (value === undefined || value === '') return 'info';
  const level = logLevels.find((known) => known === value);
  if (level === undefined) throw usage(`H2OVL_LOG_LEVEL is ${JSON.stringify(value)}; it may be ${logLevels.join(', ')}.`);
  return level;
}

function wholeNumber(least: number, most: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < least || number > most)
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
    return number;
  };
}

function usage(message: string, name = 'h2ovl-mcp'): VisionError {
  return new VisionError('INVALID_ARGUMENT', message, { hint: `${name} --help lists the options.` });
}
