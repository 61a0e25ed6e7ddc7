/** --askpass-url: a small server in the Pod that knows the user and password of the moment. */
import { AppError, describeError } from '@pod-patterns/runtime/errors.ts';
import type { Credential } from './credentials.ts';

const TIMEOUT_MS = 1_000;
const MAX_ANSWER_BYTES = 65_536;

/**
 * Asks for the credential of `repoUrl`'s server: a GET, answered with 200 and lines `username=…` and `password=…`.
 * Throws an AppError `ASKPASS_FAILED`, which holds neither the answer nor the URL, since both may be secret.
 */
export async function askForCredential(askpassUrl: string, repoUrl: string, signal: AbortSignal): Promise<Credential> {
  try {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const response = await fetch(askpassUrl, { redirect: 'manual', signal: limited });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`it answered with status ${response.status}`);
    }
    const text = await readText(response);
    const field = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1]?.replace(/\r$/, '') ?? '';
    const [username, password] = [field('username'), field('password')];
    if (username === '' && password === '') throw new Error('its answer has neither username= nor password=');
    return { url: new URL(repoUrl).origin, username, password };
  } catch (cause) {
    signal.throwIfAborted();
    throw new AppError(
      'ASKPASS_FAILED',
      `could not get a credential from --askpass-url: ${describeError(cause)}`,
      'Check that it runs and answers within a second.',
    );
  }
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`its answer is longer than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
