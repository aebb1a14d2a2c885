import { createCipheriv, createHash, randomBytes } from 'node:crypto';

export type PdfCipher = 'rc4-128' | 'aes-128' | 'aes-256';

/** How a file's streams are encrypted, and the dictionary that says so. */
export interface PdfEncryption {
  readonly dictionary: string;
  /** Hexadecimal. */
  readonly id: string;
  encryptStream(objectNumber: number, stream: Uint8Array): Uint8Array;
}

const padding = Buffer.from('28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a', 'hex');
/** Everything is allowed, and everything but changes. */
const [permissions, readOnly] = [-4, -4 & ~0b1000];

/**
 * Encrypts for one password, which is the user's and the owner's, by the standard security handler (revisions 3, 4 and 6). With another one of the
 * owner (RC4 and AES-128 only) the user may not change anything.
 */
export function encryptPdf(password: string, cipher: PdfCipher, ownerPassword?: string): PdfEncryption {
  return cipher === 'aes-256' ? makeRevision6(password) : makeRevision3Or4(password, cipher, ownerPassword);
}

function makeRevision3Or4(password: string, cipher: 'rc4-128' | 'aes-128', ownerPassword: string | undefined): PdfEncryption {
  const allowedActions = ownerPassword === undefined ? permissions : readOnly;
  const id = randomBytes(16);
  const pad = (text: string): Buffer => Buffer.concat([Buffer.from(text, 'latin1'), padding]).subarray(0, 32);
  const padded = pad(password);
  const owner = rc4Rounds(repeatMd5(md5(pad(ownerPassword ?? password))), padded);
  const allowed = Buffer.alloc(4);
  allowed.writeInt32LE(allowedActions);
  const key = repeatMd5(md5(padded, owner, allowed, id));
  const user = Buffer.concat([rc4Rounds(key, md5(padding, id)), Buffer.alloc(16)]);
  const isAes = cipher === 'aes-128';
  const filters = '/CF << /StdCF << /AuthEvent /DocOpen /CFM /AESV2 /Length 16 >> >> /StmF /StdCF /StrF /StdCF';
  const version = isAes ? `/V 4 /R 4 ${filters}` : '/V 2 /R 3';
  return {
    id: id.toString('hex'),
    dictionary: `<< /Filter /Standard ${version} /Length 128 /O <${hex(owner)}> /U <${hex(user)}> /P ${allowedActions} >>`,
    encryptStream: (objectNumber, stream) => {
      const number = Buffer.from([objectNumber & 255, (objectNumber >> 8) & 255, (objectNumber >> 16) & 255, 0, 0]);
      const objectKey = md5(key, number, Buffer.from(isAes ? 'sAlT' : '', 'latin1'));
      return isAes ? encryptAes('aes-128-cbc', objectKey, stream) : rc4(objectKey, stream);
    },
  };
}

function makeRevision6(password: string): PdfEncryption {
  const secret = Buffer.from(password, 'utf8').subarray(0, 127);
  const key = randomBytes(32);
  const entry = (owner: Buffer): { check: Buffer; wrapped: Buffer } => {
    const [checkSalt, keySalt] = [randomBytes(8), randomBytes(8)];
    const check = Buffer.concat([hash2b(secret, checkSalt, owner), checkSalt, keySalt]);
    return { check, wrapped: encryptBlocks('aes-256-cbc', hash2b(secret, keySalt, owner), Buffer.alloc(16), key) };
  };
  const user = entry(Buffer.alloc(0));
  const owner = entry(user.check);
  const allowed = Buffer.alloc(16, 0xff);
  allowed.writeInt32LE(permissions);
  allowed.set(Buffer.from('Tadb', 'latin1'), 8);
  const perms = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false).update(allowed);
  const filters = '/CF << /StdCF << /AuthEvent /DocOpen /CFM /AESV3 /Length 32 >> >> /StmF /StdCF /StrF /StdCF';
  const values = `/O <${hex(owner.check)}> /OE <${hex(owner.wrapped)}> /U <${hex(user.check)}> /UE <${hex(user.wrapped)}> /Perms <${hex(perms)}>`;
  return {
    id: randomBytes(16).toString('hex'),
    dictionary: `<< /Filter /Standard /V 5 /R 6 /Length 256 ${filters} ${values} /P ${permissions} >>`,
    encryptStream: (_, stream) => encryptAes('aes-256-cbc', key, stream),
  };
}

/** Algorithm 2.B of ISO 32000-2. */
function hash2b(password: Buffer, salt: Buffer, owner: Buffer): Buffer {
  let k = createHash('sha256').update(password).update(salt).update(owner).digest();
  for (let round = 0; ; round += 1) {
    const once = Buffer.concat([password, k, owner]);
    const repeated = Buffer.concat(Array.from({ length: 64 }, () => once));
    const e = encryptBlocks('aes-128-cbc', k.subarray(0, 16), k.subarray(16, 32), repeated);
    const sum = e.subarray(0, 16).reduce((total, byte) => total + byte, 0);
    k = createHash(['sha256', 'sha384', 'sha512'][sum % 3] as string)
      .update(e)
      .digest();
    if (round >= 63 && (e.at(-1) ?? 0) <= round - 31) return k.subarray(0, 32);
  }
}

function encryptBlocks(name: string, key: Buffer, vector: Buffer, data: Buffer): Buffer {
  return createCipheriv(name, key, vector).setAutoPadding(false).update(data);
}

function encryptAes(name: string, key: Buffer, stream: Uint8Array): Buffer {
  const vector = randomBytes(16);
  const cipher = createCipheriv(name, key, vector);
  return Buffer.concat([vector, cipher.update(stream), cipher.final()]);
}

function md5(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('md5');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function repeatMd5(digest: Buffer): Buffer {
  let repeated = digest;
  for (let round = 0; round < 50; round += 1) repeated = md5(repeated);
  return repeated;
}

function rc4Rounds(key: Buffer, data: Buffer): Buffer {
  let encrypted = data;
  for (let round = 0; round < 20; round += 1)
    encrypted = rc4(
      key.map((byte) => byte ^ round),
      encrypted,
    );
  return encrypted;
}

/** Node's own RC4 needs OpenSSL's legacy provider. */
function rc4(key: Uint8Array, data: Uint8Array): Buffer {
  const state = Array.from({ length: 256 }, (_, index) => index);
  let j = 0;
  for (let i = 0; i < 256; i += 1) {
    j = (j + (state[i] as number) + (key[i % key.length] as number)) & 255;
    [state[i], state[j]] = [state[j] as number, state[i] as number];
  }
  let [a, b] = [0, 0];
  return Buffer.from(
    data.map((byte) => {
      a = (a + 1) & 255;
      b = (b + (state[a] as number)) & 255;
      [state[a], state[b]] = [state[b] as number, state[a] as number];
      return byte ^ (state[((state[a] as number) + (state[b] as number)) & 255] as number);
    }),
  );
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
