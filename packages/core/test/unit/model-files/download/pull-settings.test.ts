import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openHub } from '../../../../src/model-files/download/open-hub.ts';
import { pullModel } from '../../../../src/model-files/download/pull-model.ts';
import { PullFixture, repository } from '../../../helpers/pull-fixture.ts';

/** A proxy on this machine, to which every name is this machine. */
interface Proxy {
  readonly address: string;
  /** Hosts that were asked for. */
  readonly targets: string[];
  close(): void;
}

async function openProxy(): Promise<Proxy> {
  const targets: string[] = [];
  const open = new Set<Socket>();
  const server = createServer((_, response) => response.writeHead(405).end());
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    targets.push(request.url ?? '');
    const onward = connect(Number(request.url?.split(':').at(-1)), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    for (const end of [socket, onward]) {
      open.add(end);
      end.on('error', () => {}).on('close', () => open.delete(end));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    targets,
    close: () => {
      for (const end of open) end.destroy();
      server.close();
    },
  };
}

let pull: PullFixture;
let proxy: Proxy;
beforeEach(async () => {
  pull = await PullFixture.open();
  proxy = await openProxy();
});
afterEach(async () => {
  proxy.close();
  await pull.close();
});

describe('the settings of a pull', () => {
  it.each(['HTTP_PROXY', 'http_proxy'])('goes through %s, which alone looks the hub up', async (variable) => {
    const endpoint = pull.hub.endpoint.replace('127.0.0.1', 'hub.invalid');
    await pullModel(repository, pull.options({ HF_ENDPOINT: endpoint, [variable]: proxy.address }));
    await pull.expectIntact();
    expect(proxy.targets).toContain(new URL(endpoint).host);
  });

  it('leaves the proxy aside for hosts in NO_PROXY', async () => {
    await pullModel(repository, pull.options({ HTTP_PROXY: proxy.address, NO_PROXY: '127.0.0.1' }));
    await pull.expectIntact();
    expect(proxy.targets).toEqual([]);
  });

  it('refuses a proxy that is no address', async () => {
    await expect(pullModel(repository, pull.options({ HTTP_PROXY: 'socks5://127.0.0.1:1' }))).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(/proxy/),
    });
  });

  it('sends no token over an unencrypted connection to another machine, and says so', async () => {
    const { hub, notices, close } = await openHub({ HF_ENDPOINT: 'http://mirror.example', HF_TOKEN: 'hf_secret' }, undefined);
    await close();
    expect(hub.endpoint.href).toBe('http://mirror.example/');
    expect(notices).toEqual([expect.stringMatching(/HF_TOKEN is not sent/)]);
  });

  it.each(['not an address', 'ftp://hub.example', 'https://hub.example/?x=1'])('refuses HF_ENDPOINT=%j', async (HF_ENDPOINT) => {
    await expect(pullModel(repository, pull.options({ HF_ENDPOINT }))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it.each(['H2OVL_OFFLINE', 'HF_HUB_OFFLINE'])('asks nobody under %s=1', async (name) => {
    await expect(pullModel(repository, pull.options({ [name]: '1' }))).rejects.toMatchObject({ code: 'NETWORK_FORBIDDEN' });
    expect(pull.hub.requests).toEqual([]);
  });

  it('refuses with both numbers before anything is fetched when the disk is too small', async () => {
    await expect(pullModel(repository, { ...pull.options(), spareBytes: 1e15 })).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
      message: expect.stringMatching(/takes 1,000,000,0\d\d MB; .* has [\d,]+ MB free/),
    });
    expect(pull.storeRequests).toEqual([]);
  });
});
