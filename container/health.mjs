// The container's health check: 0 when the server answers. Its model is opened by the first request. The token is the server's own.
import { readFileSync } from 'node:fs';
import { env } from 'node:process';

const file = env.H2OVL_TOKEN_FILE ?? '/run/secrets/h2ovl_token';
const token = env.H2OVL_API_KEY ?? readFileSync(file, 'utf8').trim();
const address = env.H2OVL_HEALTH_URL ?? 'http://127.0.0.1:7878/health';
try {
  const answer = await fetch(address, { headers: { authorization: `Bearer ${token}` }, signal: AbortSignal.timeout(4000) });
  process.exitCode = answer.ok ? 0 : 1;
} catch {
  process.exitCode = 1;
}
