import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/**
 * Tests import the packages from source. Programs that tests start as child processes use the built `dist`, as a user's
 * would.
 */
const alias = [
  { find: '@holdfast/core/jobs', replacement: fileURLToPath(new URL('./packages/core/src/jobs.ts', import.meta.url)) },
  { find: /^@holdfast\/([a-z]+)$/, replacement: fileURLToPath(new URL('./packages/$1/src/index.ts', import.meta.url)) },
];
const globalSetup = ['test/support/global-setup.ts'];

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        resolve: { alias },
        test: { name: 'unit', include: ['packages/*/src/**/*.test.ts'] },
      },
      {
        resolve: { alias },
        test: {
          name: 'db',
          include: ['test/**/*.test.ts'],
          globalSetup,
          pool: 'forks',
          // Each file has databases of its own, and leaves the process as it was.
          isolate: false,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        // All values and majors, where `db` takes a few of many alike.
        resolve: { alias },
        test: {
          name: 'wide',
          include: ['test/**/*.test.ts'],
          env: { HOLDFAST_BREADTH: 'wide' },
          globalSetup,
          pool: 'forks',
          isolate: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'crash',
          include: ['test/crash/**/*.test.ts', 'test/contract/**/*.test.ts', 'test/traps/declared-locks.test.ts'],
          env: { HOLDFAST_CONTRACT: 'all', HOLDFAST_BREADTH: 'wide' },
          globalSetup,
          pool: 'forks',
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      {
        // Random sequences, fifty by default, and histories, twenty.
        resolve: { alias },
        test: {
          name: 'long',
          include: ['test/property/**/*.test.ts', 'test/history/**/*.test.ts'],
          env: { HOLDFAST_RUNS: process.env['HOLDFAST_RUNS'] ?? '500' },
          globalSetup,
          pool: 'forks',
          testTimeout: 3_600_000,
          hookTimeout: 60_000,
        },
      },
      {
        // Random statements: the default of the test is three hundred.
        resolve: { alias },
        test: {
          name: 'fuzz',
          include: ['test/reading/fuzz.test.ts'],
          env: { HOLDFAST_RUNS: process.env['HOLDFAST_RUNS'] ?? '20000' },
          globalSetup,
          pool: 'forks',
          testTimeout: 3_600_000,
          hookTimeout: 60_000,
        },
      },
      {
        // Two deployers at once, again and again: the default of the test is one round.
        resolve: { alias },
        test: {
          name: 'runners',
          include: ['test/runners/deploy.test.ts'],
          env: { HOLDFAST_RUNNERS: process.env['HOLDFAST_RUNNERS'] ?? '8x25' },
          globalSetup,
          pool: 'forks',
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      {
        // All migrations of the corpus, in every state that a database may be in: the default of the tests is a few projects.
        resolve: { alias },
        test: {
          name: 'corpus',
          include: ['test/corpus/**/*.test.ts'],
          env: { HOLDFAST_CORPUS: 'all', HOLDFAST_BREADTH: 'wide' },
          globalSetup,
          pool: 'forks',
          testTimeout: 600_000,
          hookTimeout: 300_000,
        },
      },
      {
        // Without the alias: what is measured is the package as its users get it.
        test: {
          name: 'bench',
          include: ['test/bench/**/*.bench.ts'],
          globalSetup,
          pool: 'forks',
          fileParallelism: false,
          testTimeout: 600_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
