/** Waiting as the commands do it: what did not become ready is an error with its reasons. */
import { AppError } from '../../apps/runtime/src/errors.ts';
import { renderProblem } from './render-status.ts';
import { waitUntilReady, type WaitOptions } from './wait.ts';

/** Throws WORKLOAD_FAILED for what can never become ready, and NOT_READY_IN_TIME. */
export async function becomeReady(options: WaitOptions): Promise<void> {
  const { outcome, problems } = await waitUntilReady(options);
  if (outcome === 'ready') return;
  const text = problems.map((problem) => renderProblem(problem, { color: false, width: 100 })).join('\n');
  throw new AppError(
    outcome === 'timeout' ? 'NOT_READY_IN_TIME' : 'WORKLOAD_FAILED',
    outcome === 'timeout'
      ? `not ready after ${options.timeoutMs / 1_000} s:\n${text}`
      : `it cannot become ready:\n${text}`,
    'Correct what is named above and run npm run up again; npm run status shows all of it at any time.',
  );
}
