import { describe, expect, onTestFinished, test } from 'vitest';
import { createDatabase } from '../support/database.js';
import { majors, serverFor } from '../support/server.js';
import { chosen, type HistoryOptions, openHistory, PROJECTS, type Project, snapshot } from './run.js';

interface Run {
  readonly project: Project;
  readonly host: string;
  readonly options: HistoryOptions;
}

const RUNS: readonly Run[] = chosen('knex/shop').flatMap((project): Run[] =>
  project.host === 'knex'
    ? [{ project, host: 'knex', options: {} }]
    : (['1', '0.3'] as const).map((typeorm) => ({ project, host: `typeorm ${typeorm}`, options: { typeorm } })),
);

test('there are at least 150 migrations for each host', () => {
  const count = (host: string) => PROJECTS.filter((each) => each.host === host).flatMap((each) => each.files).length;
  expect(count('knex')).toBeGreaterThanOrEqual(150);
  expect(count('typeorm')).toBeGreaterThanOrEqual(150);
});

describe.each(majors)('PostgreSQL %i', (major) => {
  test.each(RUNS.filter(({ project }) => project.since <= major))(
    'the runner of $host takes $project.name up, down, and up to the same state again',
    async ({ project, options }) => {
      const database = await createDatabase(serverFor(major));
      onTestFinished(() => database.drop());
      const history = await openHistory(project, database.url, options);
      await history.up();
      expect(await history.ledger()).toEqual(history.names);
      const first = await snapshot(database.url, project);
      await history.down();
      expect(await history.ledger()).toEqual([]);
      await history.up();
      expect(await snapshot(database.url, project)).toEqual(first);
    },
    120_000,
  );
});
