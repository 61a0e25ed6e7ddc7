/** Five tiers, in this order: unit (beside the code), campaigns, images (containers), cluster (kind), course (kind too). */
import { defineConfig } from 'vitest/config';
import { SummaryReporter } from './support/summary-reporter.ts';

const root = new URL('..', import.meta.url).pathname;

export default defineConfig({
  root,
  test: {
    clearMocks: true,
    // A busy machine is no failure: what is waited for ends the wait, this only bounds it.
    expect: { poll: { timeout: 20_000 } },
    reporters: ['default', new SummaryReporter()],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            'apps/**/*.test.ts',
            'scripts/**/*.test.ts',
            'test/manifests/**/*.test.ts',
            'test/docs/**/*.test.ts',
            'test/faults/**/*.test.ts',
            'test/course/{play,pages}/**/*.test.ts',
          ],
          globalSetup: ['test/support/setup-programs.ts'],
          testTimeout: 30_000,
          // By default one core is left free, which would be half of a small machine.
          maxWorkers: '100%',
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'campaigns',
          include: ['test/soak/**/*.test.ts'],
          testTimeout: 300_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'images',
          include: ['test/images/**/*.test.ts'],
          // Its reaper is an image that cannot be pulled everywhere; the tests remove what they start.
          env: { TESTCONTAINERS_RYUK_DISABLED: 'true' },
          globalSetup: ['test/support/setup-images.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
      {
        extends: true,
        test: {
          name: 'cluster',
          include: ['test/cluster/**/*.test.ts'],
          globalSetup: ['test/support/setup-cluster.ts', 'test/support/setup-browser.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
          sequence: { groupOrder: 4 },
        },
      },
      {
        extends: true,
        test: {
          name: 'course',
          include: ['test/course/*.test.ts'],
          globalSetup: ['test/support/setup-cluster.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
          // More at once would only wait for each other: each command is a process of its own.
          maxConcurrency: 3,
          sequence: { groupOrder: 5 },
        },
      },
    ],
  },
});
