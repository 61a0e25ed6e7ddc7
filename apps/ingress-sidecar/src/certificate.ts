/** From a Secret of the type kubernetes.io/tls to the one file that HAProxy reads. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { describeError } from '@pod-patterns/runtime/errors.ts';
import type { Secret } from './kube-types.ts';

export type CertificateResult = { readonly pem: string } | { readonly fault: string };

/** Reads both parts and writes them anew: nothing of the Secret but certificates and a key gets into the file. */
export function certificateOf(secret: Secret | undefined): CertificateResult {
  if (secret === undefined) return { fault: 'there is no such Secret, or this controller may not read it' };
  const { 'tls.crt': chain, 'tls.key': key } = secret.data ?? {};
  if (chain === undefined || key === undefined) return { fault: 'the Secret has no tls.crt or no tls.key' };
  try {
    const blocks = decode(chain).match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    const certificates = blocks.map((block) => new X509Certificate(block));
    const [leaf] = certificates;
    if (leaf === undefined) return { fault: 'tls.crt holds no certificate' };
    const privateKey = createPrivateKey(decode(key));
    if (!leaf.checkPrivateKey(privateKey)) return { fault: 'tls.key is not the key of tls.crt' };
    const pem = [
      ...certificates.map((certificate) => certificate.toString()),
      privateKey.export({ type: 'pkcs8', format: 'pem' }),
    ];
    return { pem: pem.map((part) => `${part.trim()}\n`).join('') };
  } catch (error) {
    return { fault: `tls.crt or tls.key cannot be read: ${describeError(error)}` };
  }
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
