import type { OrtApi, Pointer } from './ort-api.ts';
import { bindOrtApi } from './ort-api.ts';
import { type KoffiModule, loadOrtLibrary } from './ort-library.ts';
import { checkStatus, readCell, type StatusContext } from './ort-status.ts';
import { bindReturnMemory, limitHoarding, type ReturnMemory } from './return-memory.ts';
import { bindGiveBackPages, type GiveBackPages } from './weight-pages.ts';

/** What every session and tensor of this process shares. */
export interface FfiEnvironment {
  readonly api: OrtApi;
  readonly version: string;
  readonly env: Pointer;
  /** "Memory of the CPU that the caller owns", for native values over our memory. */
  readonly memoryInfo: Pointer;
  readonly allocator: Pointer;
  readonly addressOf: (bytes: ArrayBufferView) => Pointer;
  readonly textAt: (address: Pointer) => string;
  readonly returnMemory: ReturnMemory;
  /** Undefined where the system has no such call. */
  readonly giveBackPages: GiveBackPages | undefined;
}

const fatalLogLevel = 4; // ORT_LOGGING_LEVEL_FATAL: errors come back as a status, and a library prints nothing by itself
const deviceAllocator = 0; // OrtDeviceAllocator
const arenaAllocator = 1; // OrtArenaAllocator
const sameAsRequested = 1; // ArenaExtendStrategy: grow by what is asked for
const defaultMemory = 0; // OrtMemTypeDefault

let opened: Promise<FfiEnvironment> | undefined;

/**
 * The environment of ONNX Runtime: one per process, and deliberately never released. Its threads and loggers are used by
 * whatever still runs at exit, and the library hands out the same one again anyway.
 * @throws VisionError RUNTIME_UNAVAILABLE
 */
export function openFfiEnvironment(): Promise<FfiEnvironment> {
  opened ??= createEnvironment();
  return opened;
}

async function createEnvironment(): Promise<FfiEnvironment> {
  const library = await loadOrtLibrary();
  limitHoarding(library.koffi);
  const api = bindOrtApi(library);
  const context: StatusContext = { action: 'ONNX Runtime could not start' };
  const env = readCell(api, context, (cell) => api.CreateEnv(fatalLogLevel, 'h2ovl', cell));
  // This version sends nothing on Linux and macOS; on Windows it would raise system trace events.
  checkStatus(api, api.DisableTelemetryEvents(env), context);
  registerArena(api, env, context);
  const memoryInfo = readCell(api, context, (cell) => api.CreateCpuMemoryInfo(deviceAllocator, defaultMemory, cell));
  const allocator = readCell(api, context, (cell) => api.GetAllocatorWithDefaultOptions(cell));
  return {
    api,
    version: library.version,
    env,
    memoryInfo,
    allocator,
    ...memoryAccess(library.koffi),
    returnMemory: bindReturnMemory(library.koffi),
    giveBackPages: bindGiveBackPages(library.koffi),
  };
}

/**
 * One arena for the scratch memory of all sessions, which grows by what is asked for: what the vision part has used serves the decoder afterwards,
 * and nothing is taken on suspicion, as the doubling arenas of separate sessions do. Sessions opt in by `session.use_env_allocators`.
 */
function registerArena(api: OrtApi, env: Pointer, context: StatusContext): void {
  const memoryInfo = readCell(api, context, (cell) => api.CreateCpuMemoryInfo(arenaAllocator, defaultMemory, cell));
  const config = readCell(api, context, (cell) => api.CreateArenaCfg(0, sameAsRequested, -1, -1, cell));
  try {
    checkStatus(api, api.CreateAndRegisterAllocator(env, memoryInfo, config), context);
  } finally {
    api.ReleaseArenaCfg(config);
  }
}

function memoryAccess(koffi: KoffiModule): Pick<FfiEnvironment, 'addressOf' | 'textAt'> {
  return {
    addressOf: (bytes) => koffi.address(bytes),
    textAt: (address) => koffi.decode.string(address),
  };
}
