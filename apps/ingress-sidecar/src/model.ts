/** What the Ingress objects of one class mean, without anything that was not looked at. */

export interface Route {
  /** A name, `*.` and a name, or empty: any host. */
  readonly host: string;
  readonly path: string;
  readonly isExact: boolean;
  /** Name of a backend. */
  readonly backend: string;
}

export interface Backend {
  /** Made by us. */
  readonly name: string;
  /** `ADDRESS:PORT`, sorted; none, and the answer is 503. */
  readonly servers: readonly string[];
}

export interface Certificate {
  /** Name of a file, made by us. */
  readonly file: string;
  /** Chain and key. */
  readonly pem: string;
  readonly hosts: readonly string[];
}

export interface Model {
  readonly routes: readonly Route[];
  readonly backends: readonly Backend[];
  readonly certificates: readonly Certificate[];
  /** Name of the backend for what no rule matches; undefined: the answer is 404. */
  readonly defaultBackend: string | undefined;
}

/** A part of an Ingress that is not used, and why. The rest of the Ingress is. */
export interface Refusal {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Upper camel case, as Events have them. */
  readonly reason: 'InvalidRule' | 'RuleTaken' | 'BackendMissing' | 'CertificateInvalid';
  readonly message: string;
}
