/** Prints the counts of a whole run as one plain line, the last one: «N passed, N failed, N skipped». */
import type { Reporter, TestModule } from 'vitest/node';

export class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const counts = { passed: 0, failed: errors.length, skipped: 0 };
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      for (const test of tests) {
        const { state } = test.result();
        counts[state === 'pending' ? 'failed' : state] += 1;
      }
      // A file that could not even be loaded has no tests that could have failed.
      if (tests.length === 0 || module.errors().length > 0) counts.failed += 1;
    }
    process.on('exit', (exitCode) => {
      // A set-up that failed has no test to show for it.
      if (exitCode !== 0 && counts.failed === 0) counts.failed = 1;
      process.stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
    });
  }
}
