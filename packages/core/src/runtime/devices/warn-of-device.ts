/** Told once in a process, however many models step down for it. */
const told = new Set<string>();

/** Warns the program's owner that another device computes than could, as a process warning with the code H2OVL_DEVICE. */
export function warnOfDevice(message: string): void {
  if (told.has(message)) return;
  told.add(message);
  process.emitWarning(message, { type: 'Warning', code: 'H2OVL_DEVICE' });
}
