// The fixture that must turn the socket test red: it opens one connection and looks one name up, as telemetry would.
import { lookup } from 'node:dns/promises';
import { connect } from 'node:net';

await new Promise((resolve) => {
  const socket = connect({ host: '127.0.0.1', port: 9 });
  socket.on('error', resolve);
  socket.on('connect', resolve);
});
await lookup('telemetry.invalid').catch(() => {});
