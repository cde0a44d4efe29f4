/** The table `holdfast_journal`: is there one, and what does it say of migrations that have not ended? */
import { JOURNAL } from '@holdfast/core';
import { type Check, count, type DatabaseSubject, ok } from './check.js';

export const journal: Check<DatabaseSubject> = {
  name: 'journal',
  async look({ client }) {
    const { rows } = await client.query<{ schema: string; readable: boolean }>(
      `SELECT n.nspname AS schema, pg_catalog.has_table_privilege(c.oid, 'SELECT') AS readable FROM pg_catalog.pg_class c
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relname = $1 AND c.relkind IN ('r', 'p') ORDER BY 1`,
      [JOURNAL],
    );
    const [first, another] = rows;
    if (first === undefined)
      return [ok(`there is no table ${JOURNAL} yet: the first guarded run with a lock file makes it.`)];
    const names = rows.map(({ schema }) => `${schema}.${JOURNAL}`).join(', ');
    if (another !== undefined)
      return [
        {
          level: 'problem',
          found: `there are several: ${names}. What one of them notes the other does not know.`,
          cure: "Say which one it is, the same for every run:\n  new GuardedMigrationSource({ …, journalSchema: '…' })   or   guardedDataSource(dataSource, { journalSchema: '…' })\nand drop the other once its marks are copied.",
        },
      ];
    if (!first.readable)
      return [
        {
          level: 'problem',
          found: `this role may not read ${names}.`,
          cure: `GRANT SELECT, INSERT, UPDATE, DELETE ON ${names} TO …;`,
        },
      ];
    const { rows: kinds } = await client.query<{ migration: string; direction: string; kind: string; number: number }>(
      `SELECT migration, direction, kind, count(*)::int AS number FROM ${client.escapeIdentifier(first.schema)}.${JOURNAL} GROUP BY ledger, 1, 2, 3 ORDER BY 1`,
    );
    const marked = kinds.filter(({ kind }) => MARKS.has(kind)).length;
    const isCut = (migration: string, direction: string): boolean =>
      kinds.some((each) => each.migration === migration && each.direction === direction && each.kind === 'statement');
    const findings = kinds.flatMap(({ migration, direction, kind, number }) => {
      if (kind === 'anyway') return [noted(migration)];
      // Each interrupted one has begun; of operations that it calls itself there are no statements.
      const at = kind === 'statement' ? behind(number) : kind === 'begun' && !isCut(migration, direction) ? '' : null;
      if (at === null) return [];
      return [direction === 'down' ? takenBack(migration, at) : interrupted(migration, at)];
    });
    return [...findings, ok(`${names} has marks of ${count(marked, 'migration')}.`)];
  },
};

const MARKS: ReadonlySet<string> = new Set(['done', 'lost', 'listed', 'found', 'sworn', 'doubted']);

function behind(statements: number): string {
  return ` behind ${count(statements, 'statement')}`;
}

function takenBack(migration: string, at: string): ReturnType<typeof ok> {
  return {
    level: 'warning',
    found: `the down of ${migration} was interrupted${at}, or is running now.`,
    cure: 'Take it back to its end: it goes on from there. Until then the ledger has it, and a part of it is gone:\n  npx knex migrate:down   or   npx typeorm migration:revert',
  };
}

function interrupted(migration: string, at: string): ReturnType<typeof ok> {
  return {
    level: 'warning',
    found: `${migration} was interrupted${at}, or is running now.`,
    cure: `Run the migrations again: it goes on from there. If all of it is done:\n  npx holdfast mark-applied ${migration}`,
  };
}

function noted(migration: string): ReturnType<typeof ok> {
  return {
    level: 'warning',
    found: `holdfast run --anyway was said of ${migration}: the next run carries it out whatever is there.`,
    cure: `If it is not to run any more:\n  npx holdfast mark-applied ${migration}`,
  };
}
