/** What a database has that is not as the lock file says. */
import { CatalogHistory, type CatalogLines, catalogDifference, footprintOf, type SchemaLock } from '@holdfast/core';

export interface Drift {
  readonly object: string;
  /** `own`: no migration ever made it, and it is part of a table that one made. */
  readonly problem: 'missing' | 'different' | 'own';
  readonly expected: string | null;
  readonly found: string | null;
  /** The last migration that touched it. */
  readonly migration: string | null;
}

/** Objects that migrations made, now or at any time, and parts of the tables that there are to be. Others are the user's own affair. */
export function driftOf(lock: SchemaLock, last: number, found: CatalogLines): readonly Drift[] {
  const expected = new CatalogHistory(lock).lines(last);
  const by = new Map<string, string>();
  for (const migration of lock.migrations.slice(0, last + 1))
    for (const key of footprintOf(migration)) by.set(key, migration.name);
  const free = new Set(lock.migrations.flatMap(({ varies = [] }) => varies));
  const known = new Set(lock.migrations.flatMap((migration) => [...footprintOf(migration)]));
  const tables = [...expected.keys()]
    .filter((key) => key.startsWith('table '))
    .map((key) => key.slice('table '.length));
  const { missing, extra, changed } = catalogDifference(expected, found);
  const migrationOf = (key: string): string | null => by.get(key) ?? null;
  return [
    ...missing.map(
      (key): Drift => ({
        object: key,
        problem: 'missing',
        expected: expected.get(key) ?? '',
        found: null,
        migration: migrationOf(key),
      }),
    ),
    ...changed.map(
      (each): Drift => ({
        object: each.key,
        problem: 'different',
        expected: each.expected,
        found: each.found,
        migration: migrationOf(each.key),
      }),
    ),
    ...extra
      .filter((key) => !free.has(key))
      .filter((key) => known.has(key) || tables.some((table) => isPart(key, found.get(key) ?? '', table)))
      .map(
        (key): Drift => ({
          object: key,
          problem: 'own',
          expected: null,
          found: found.get(key) ?? '',
          migration: migrationOf(key),
        }),
      ),
  ];
}

/** Does the object belong to the table, by its key and its line? */
export function isPart(key: string, line: string, table: string): boolean {
  return (
    / (.*)$/.exec(key)?.[1]?.startsWith(`${table}.`) === true ||
    (key.startsWith('index ') && line.includes(` ON ${table} `))
  );
}

export function describeDrift(drift: readonly Drift[], at: string | null): string {
  const lines = drift.flatMap(({ object, problem, expected, found, migration }) => [
    `  ${problem.padEnd(9)}  ${object}${migration === null ? '' : `   (${migration})`}`,
    ...(problem === 'different' ? [`             expected  ${expected}`, `             found     ${found}`] : []),
    ...(problem === 'own' && found !== '' ? [`             found     ${found}`] : []),
  ]);
  const count = `${drift.length} ${drift.length === 1 ? 'object is' : 'objects are'}`;
  return `${count} not as after ${at}:\n${lines.join('\n')}`;
}
