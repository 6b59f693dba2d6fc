/**
 * Writing of a certificate that vouches for itself, because Node can read certificates but not make one: for samples on a
 * laptop, whose vendor is played here. It is the least that X.509 allows (version 1: a name, a time, a key), in DER.
 */
import { generateKeyPairSync, sign } from 'node:crypto';

const OID = { commonName: '550403', sha256WithRsa: '2a864886f70d01010b' };

/**
 * A new RSA key with its certificate, both as PEM.
 *
 * @param name The subject's common name.
 */
export function selfSigned(name: string): { certificate: string; privateKey: string } {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const subject = sequence(set(sequence(oid(OID.commonName), der(0x0c, Buffer.from(name)))));
  const algorithm = sequence(oid(OID.sha256WithRsa), der(0x05));
  const serial = der(0x02, Buffer.from([1]));
  // RFC 5280, section 4.1.2.5: dates from 2050 on are written longer, and this one says that there is no end.
  const validity = sequence(der(0x17, Buffer.from('000101000000Z')), der(0x18, Buffer.from('99991231235959Z')));
  const key = publicKey.export({ format: 'der', type: 'spki' });
  const content = sequence(serial, algorithm, subject, validity, subject, key);
  const signature = der(0x03, Buffer.from([0]), sign('RSA-SHA256', content, privateKey));
  const lines =
    sequence(content, algorithm, signature)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return {
    certificate: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'),
    privateKey: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  };
}

/** A value as DER writes it down: its tag, its length, its content. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...head]), content]);
}

const sequence = (...parts: readonly Buffer[]) => der(0x30, ...parts);
const set = (...parts: readonly Buffer[]) => der(0x31, ...parts);
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
