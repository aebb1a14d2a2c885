/** The log is the same for all interfaces; this package takes it from one place. */
export { createLog, describeOrigin, type Log, type LogFields, type LogLevel, logLevels } from '@h2ovl/contract';
