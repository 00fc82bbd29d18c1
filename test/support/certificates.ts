import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** PEM files of an authority and what it has signed. */
export interface Certificates {
  readonly authority: string;
  /** Key and certificate in one file, for 127.0.0.1. */
  readonly broker: string;
  readonly clientCertificate: string;
  readonly clientKey: string;
}

/** Makes an authority, a certificate for a broker and one for a client in a folder. Needs openssl. */
export function createCertificates(folder: string): Certificates {
  const at = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { stdio: 'pipe' });
  };
  const key = (name: string): void => {
    openssl('genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048', '-out', at(`${name}.key`));
  };
  key('authority');
  openssl(
    'req',
    '-x509',
    '-new',
    '-key',
    at('authority.key'),
    '-subj',
    '/CN=test authority',
    '-days',
    '2',
    '-out',
    at('authority.pem'),
  );
  for (const name of ['broker', 'client']) {
    key(name);
    openssl('req', '-new', '-key', at(`${name}.key`), '-subj', `/CN=${name}`, '-out', at(`${name}.csr`));
    writeFileSync(at(`${name}.ext`), 'subjectAltName=IP:127.0.0.1');
    const signed = [
      '-CA',
      at('authority.pem'),
      '-CAkey',
      at('authority.key'),
      '-CAcreateserial',
      '-extfile',
      at(`${name}.ext`),
    ];
    openssl('x509', '-req', '-in', at(`${name}.csr`), ...signed, '-days', '2', '-out', at(`${name}.crt`));
  }
  writeFileSync(at('broker.pem'), readFileSync(at('broker.key'), 'utf8') + readFileSync(at('broker.crt'), 'utf8'));
  return {
    authority: at('authority.pem'),
    broker: at('broker.pem'),
    clientCertificate: at('client.crt'),
    clientKey: at('client.key'),
  };
}
