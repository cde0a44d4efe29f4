/** Tells TypeORM's objects apart by the mark that it puts on them itself: it also holds between two copies or versions of the package. */
import { InvalidArgumentError, unsupportedDialect } from '@holdfast/core';
import type { DataSourceLike, QueryRunnerLike } from './host.js';

/** Is it an instance of TypeORM's class of that name? */
export function isA(name: string, value: unknown): boolean {
  return typeof value === 'object' && value !== null && Reflect.get(value, '@instanceof') === Symbol.for(name);
}

/** The DataSource of a usable runner on PostgreSQL; throws the typed error for everything else. */
export function requireQueryRunner(value: QueryRunnerLike): DataSourceLike {
  const mistaken = MISTAKEN.find(({ name }) => isA(name, value));
  if (mistaken !== undefined) throw notARunner(mistaken.name, mistaken.happened, mistaken.hint);
  const dataSource = value?.dataSource ?? value?.connection;
  if (typeof value?.connect !== 'function' || typeof dataSource?.createQueryRunner !== 'function')
    throw notARunner(String(value), 'this is not a QueryRunner of TypeORM.', TAKE_IT);
  if (dataSource.options.type !== 'postgres') throw unsupportedDialect(dataSource.options.type);
  requireUnreleased(value);
  return dataSource;
}

/** A released runner has given its connection back: another user of the pool may have it by now. */
export function requireUnreleased(queryRunner: QueryRunnerLike): void {
  if (!queryRunner.isReleased) return;
  throw notARunner(
    'QueryRunner',
    'this QueryRunner is released: its migration is over.',
    'Await every call of the guard inside up() or down(), and make a new guard in each migration.',
  );
}

const TAKE_IT =
  'Pass the QueryRunner that the migration gets:\n  async up(queryRunner: QueryRunner) {\n    const g = guard(queryRunner);';

const MISTAKEN = [
  {
    name: 'DataSource',
    happened: 'a DataSource is a pool: each statement could run on another connection.',
    hint: `${TAKE_IT}\nOutside of a migration make one:\n  const queryRunner = dataSource.createQueryRunner();\n  try { … guard(queryRunner) … } finally { await queryRunner.release(); }`,
  },
  {
    name: 'EntityManager',
    happened: 'an EntityManager need not have a connection of its own.',
    hint: `${TAKE_IT}\nInside dataSource.transaction((manager) => …) that is manager.queryRunner.`,
  },
];

function notARunner(target: string, happened: string, hint: string): InvalidArgumentError {
  return new InvalidArgumentError({ operation: 'guard', target, happened, hint });
}
