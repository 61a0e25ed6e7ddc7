/**
 * How a listener names itself in Via, and finds its own name there. The name is unlike that of any other, so that
 * ambassadors in a chain are not taken for a loop, nor is a request that passes the inbound and then the outbound
 * listener of one process. (RFC 9110 section 7.6.3.)
 */

/** `instanceId` tells this process from all others. */
export function createPseudonym(listener: string, instanceId: string): string {
  return `ambassador-${listener}-${instanceId}`;
}

/** Whether a request with this Via header has passed here before. */
export function hasPassed(via: string, pseudonym: string): boolean {
  if (!via.includes(pseudonym)) return false;
  return via.split(',').some((entry) => entry.trim().split(/\s+/)[1] === pseudonym);
}
