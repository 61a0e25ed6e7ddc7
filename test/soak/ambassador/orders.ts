/** Orders sent through the ambassador while its configuration changes, and their reconciliation with what arrived. */
import type { Agent } from 'node:http';
import { call } from './clients.ts';
import type { FailureLog } from './failures.ts';
import { orderText, type Arrivals } from './order-log.ts';
import { upstreamOf } from './reload-versions.ts';

export interface OrderContext {
  readonly port: number;
  readonly agent: Agent;
  readonly versions: { readonly written: number; readonly inForce: number };
  /** The numbers of the orders whose answer was right. */
  readonly answered: number[];
  readonly failures: FailureLog;
}

/** Every fifth order is a POST, which must arrive exactly once. */
export async function sendOrder(
  order: number,
  { port, agent, versions, answered, failures }: OrderContext,
): Promise<void> {
  const isPost = order % 5 === 0;
  const oldest = versions.inForce;
  try {
    const path = `/orders/${order}`;
    const { status, headers, body } = await (isPost
      ? call({ port, agent, path, method: 'POST', body: orderText(order) })
      : call({ port, agent, path }));
    const version = Number(headers['x-config-version']);
    if (status !== 200) failures.add('status', `${status} for order ${order}: ${body.toString()}`);
    else if (body.toString() !== String(order)) failures.add('answer', `"${body.toString()}" for order ${order}`);
    else if (!(version >= oldest && version <= versions.written))
      failures.add('version', `${version} answered, from ${oldest} to ${versions.written} may`);
    else if (headers['x-upstream'] !== upstreamOf(version))
      failures.add('upstream', `${String(headers['x-upstream'])} answered in version ${version}`);
    answered.push(order);
  } catch (error) {
    failures.add('request', `order ${order}: ${String(error)}`);
  }
}

/** What was answered has arrived; no POST arrived twice, answered or not. */
export function reconcile(answered: readonly number[], arrivals: Arrivals, failures: FailureLog): void {
  for (const order of answered) {
    if (!arrivals.has(order)) failures.add('lost', `order ${order} was answered, but never arrived`);
  }
  for (const [order, times] of arrivals) {
    if (times > 1 && order % 5 === 0) failures.add('duplicate', `POST ${order} arrived ${times} times`);
  }
}
