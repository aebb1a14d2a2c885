import type { OrtLibrary } from './ort-library.ts';

/** An address in native memory. */
export type Pointer = bigint;
/** What a `void *` parameter takes: an address, memory that is passed in place, or nothing. */
export type PointerArgument = Pointer | ArrayBufferView | null;
/** What any parameter takes. */
export type OrtArgument = PointerArgument | string | number | bigint | boolean;

/** A function of the C API: called at once, or on a thread of libuv's pool. */
export interface OrtFunction<Result = Pointer | null> {
  (...args: readonly OrtArgument[]): Result;
  readonly async: (...args: readonly (OrtArgument | ((error: Error | null, result: Result) => void))[]) => void;
}

/** Functions that return a status: null, or an error to be read and released. */
type StatusFunction =
  | 'CreateEnv'
  | 'DisableTelemetryEvents'
  | 'CreateSession'
  | 'CreateSessionFromArray'
  | 'Run'
  | 'CreateSessionOptions'
  | 'SetOptimizedModelFilePath'
  | 'DisableMemPattern'
  | 'SetSessionGraphOptimizationLevel'
  | 'SetIntraOpNumThreads'
  | 'SetInterOpNumThreads'
  | 'SessionGetInputCount'
  | 'SessionGetOutputCount'
  | 'SessionGetInputTypeInfo'
  | 'SessionGetOutputTypeInfo'
  | 'SessionGetInputName'
  | 'SessionGetOutputName'
  | 'CreateRunOptions'
  | 'RunOptionsSetRunLogSeverityLevel'
  | 'RunOptionsSetTerminate'
  | 'CreateTensorWithDataAsOrtValue'
  | 'CastTypeInfoToTensorInfo'
  | 'GetTensorElementType'
  | 'GetDimensionsCount'
  | 'GetDimensions'
  | 'CreateCpuMemoryInfo'
  | 'AllocatorFree'
  | 'GetAllocatorWithDefaultOptions'
  | 'AddSessionConfigEntry'
  | 'CreateAndRegisterAllocator'
  | 'CreateArenaCfg'
  | 'SessionOptionsSetLoadCancellationFlag'
  | 'SessionOptionsAppendExecutionProvider'
  | 'CreateMemoryInfo'
  | 'CreateAllocator'
  | 'CreateTensorAsOrtValue'
  | 'GetTensorMutableData';

type ReleaseFunction =
  | 'ReleaseStatus'
  | 'ReleaseMemoryInfo'
  | 'ReleaseAllocator'
  | 'ReleaseSession'
  | 'ReleaseValue'
  | 'ReleaseRunOptions'
  | 'ReleaseTypeInfo'
  | 'ReleaseSessionOptions'
  | 'ReleaseArenaCfg';

/** The functions of the C API that are used, by their C names. */
export type OrtApi = Readonly<Record<StatusFunction, OrtFunction>> &
  Readonly<Record<ReleaseFunction, OrtFunction<undefined>>> & {
    readonly GetErrorCode: OrtFunction<number>;
    readonly GetErrorMessage: OrtFunction<string>;
  };

/**
 * Position of each function in `struct OrtApi`, its result and its parameters. The struct only ever grows at its end.
 * The positions were counted in the C header of API 29 (which contains API 27's as its beginning) and each is called by a test.
 * `ptr` is any pointer, `path` a file name in the platform's own characters.
 */
const signatures: Readonly<Record<keyof OrtApi, readonly [index: number, result: string, parameters: readonly string[]]>> = {
  GetErrorCode: [1, 'int', ['ptr']],
  GetErrorMessage: [2, 'str', ['ptr']],
  CreateEnv: [3, 'ptr', ['int', 'str', 'ptr']],
  DisableTelemetryEvents: [6, 'ptr', ['ptr']],
  CreateSession: [7, 'ptr', ['ptr', 'path', 'ptr', 'ptr']],
  CreateSessionFromArray: [8, 'ptr', ['ptr', 'ptr', 'size_t', 'ptr', 'ptr']],
  Run: [9, 'ptr', ['ptr', 'ptr', 'ptr', 'ptr', 'size_t', 'ptr', 'size_t', 'ptr']],
  CreateSessionOptions: [10, 'ptr', ['ptr']],
  SetOptimizedModelFilePath: [11, 'ptr', ['ptr', 'path']],
  DisableMemPattern: [17, 'ptr', ['ptr']],
  SetSessionGraphOptimizationLevel: [23, 'ptr', ['ptr', 'int']],
  SetIntraOpNumThreads: [24, 'ptr', ['ptr', 'int']],
  SetInterOpNumThreads: [25, 'ptr', ['ptr', 'int']],
  SessionGetInputCount: [30, 'ptr', ['ptr', 'ptr']],
  SessionGetOutputCount: [31, 'ptr', ['ptr', 'ptr']],
  SessionGetInputTypeInfo: [33, 'ptr', ['ptr', 'size_t', 'ptr']],
  SessionGetOutputTypeInfo: [34, 'ptr', ['ptr', 'size_t', 'ptr']],
  SessionGetInputName: [36, 'ptr', ['ptr', 'size_t', 'ptr', 'ptr']],
  SessionGetOutputName: [37, 'ptr', ['ptr', 'size_t', 'ptr', 'ptr']],
  CreateRunOptions: [39, 'ptr', ['ptr']],
  RunOptionsSetRunLogSeverityLevel: [41, 'ptr', ['ptr', 'int']],
  RunOptionsSetTerminate: [46, 'ptr', ['ptr']],
  CreateTensorAsOrtValue: [48, 'ptr', ['ptr', 'ptr', 'size_t', 'int', 'ptr']],
  CreateTensorWithDataAsOrtValue: [49, 'ptr', ['ptr', 'ptr', 'size_t', 'ptr', 'size_t', 'int', 'ptr']],
  GetTensorMutableData: [51, 'ptr', ['ptr', 'ptr']],
  CastTypeInfoToTensorInfo: [55, 'ptr', ['ptr', 'ptr']],
  GetTensorElementType: [60, 'ptr', ['ptr', 'ptr']],
  GetDimensionsCount: [61, 'ptr', ['ptr', 'ptr']],
  GetDimensions: [62, 'ptr', ['ptr', 'ptr', 'size_t']],
  CreateMemoryInfo: [68, 'ptr', ['str', 'int', 'int', 'int', 'ptr']],
  CreateCpuMemoryInfo: [69, 'ptr', ['int', 'int', 'ptr']],
  AllocatorFree: [76, 'ptr', ['ptr', 'ptr']],
  GetAllocatorWithDefaultOptions: [78, 'ptr', ['ptr']],
  ReleaseStatus: [93, 'void', ['ptr']],
  ReleaseMemoryInfo: [94, 'void', ['ptr']],
  ReleaseSession: [95, 'void', ['ptr']],
  ReleaseValue: [96, 'void', ['ptr']],
  ReleaseRunOptions: [97, 'void', ['ptr']],
  ReleaseTypeInfo: [98, 'void', ['ptr']],
  ReleaseSessionOptions: [100, 'void', ['ptr']],
  AddSessionConfigEntry: [130, 'ptr', ['ptr', 'str', 'str']],
  CreateAllocator: [131, 'ptr', ['ptr', 'ptr', 'ptr']],
  ReleaseAllocator: [132, 'void', ['ptr']],
  CreateAndRegisterAllocator: [144, 'ptr', ['ptr', 'ptr', 'ptr']],
  CreateArenaCfg: [156, 'ptr', ['size_t', 'int', 'int', 'int', 'ptr']],
  ReleaseArenaCfg: [157, 'void', ['ptr']],
  SessionOptionsAppendExecutionProvider: [216, 'ptr', ['ptr', 'str', 'ptr', 'ptr', 'size_t']],
  SessionOptionsSetLoadCancellationFlag: [293, 'ptr', ['ptr', 'bool']],
};

/** Turns the addresses of the table into functions. */
export function bindOrtApi({ koffi, functions }: OrtLibrary): OrtApi {
  const nativeTypes: Readonly<Record<string, string>> = { ptr: 'void *', path: process.platform === 'win32' ? 'str16' : 'str' };
  const nativeType = (kind: string): string => nativeTypes[kind] ?? kind;
  const bound = Object.entries(signatures).map(([name, [index, result, parameters]]) => {
    const prototype = koffi.proto(nativeType(result), parameters.map(nativeType));
    return [name, koffi.decode(functions[index], prototype)];
  });
  return Object.fromEntries(bound) as OrtApi;
}

/** One pointer-sized cell that a C function writes into. */
export function outCell(): BigUint64Array {
  return new BigUint64Array(1);
}
