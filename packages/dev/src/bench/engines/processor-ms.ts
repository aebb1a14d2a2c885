/** Milliseconds of processor time that all threads of this process took so far: other processes do not lengthen it as they do the time by the clock. */
export function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
