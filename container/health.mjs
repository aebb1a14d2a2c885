// The container's health check: 0 when the server answers and its model is ready. The token is the server's own.
import { readFileSync } from 'node:fs';
import { env } from 'node:process';

const file = env.H2OVL_TOKEN_FILE ?? '/run/secrets/h2ovl_token';
const token = env.H2OVL_API_KEY ?? readFileSync(file, 'utf8').trim();
const address = env.H2OVL_HEALTH_URL ?? 'http://127.0.0.1:7878/health';
try {
  const answer = await fetch(address, { headers: { authorization: `Bearer ${token}` }, signal: AbortSignal.timeout(4000) });
  const { status } = await answer.json();
  process.exitCode = answer.ok && status === 'ready' ? 0 : 1;
} catch {
  process.exitCode = 1;
}
