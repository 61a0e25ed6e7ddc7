/**
 * Closes a connection on which the client may still be sending. To close it with bytes unread would reset it, and the
 * client might never see the answer that says why; so what comes is read and thrown away for a while. (RFC 9112
 * section 9.6.)
 */
import type { Socket } from 'node:net';

/** For the client to notice. */
const LINGER_MS = 1_000;

/** Ends our side, then destroys the socket when the client has ended its own, or after a second. */
export function closeSlowly(socket: Socket): void {
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
  socket.once('end', () => socket.destroy());
  socket.end();
  socket.resume();
}
