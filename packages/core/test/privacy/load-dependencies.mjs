// Loads every library that the published packages depend on, native and not, and stays a while: telemetry is often sent late.
// Arguments: seconds to stay, then module addresses.
const [seconds, ...modules] = process.argv.slice(2);
const loaded = [];
for (const address of modules) {
  await import(address);
  loaded.push(address);
}
await new Promise((resolve) => setTimeout(resolve, Number(seconds) * 1000));
console.log(loaded.length);
