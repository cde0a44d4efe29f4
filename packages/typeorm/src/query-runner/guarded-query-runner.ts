/** A runner with the guard in the methods that change the schema. */
import { type Guard, inlineSql, sql } from '@holdfast/core';
import type { QueryRunnerLike, TypeormForms } from '../host.js';
import { changeColumn } from './change-column.js';
import { addColumn, dropColumn, renameColumn } from './columns.js';
import * as constraints from './constraints.js';
import type { Context, TableOrName } from './context.js';
import type { GuardedMethod } from './methods.js';
import { refusal } from './refused.js';
import * as tables from './tables.js';
import * as views from './views.js';

/** The runner as its own type says, with the guarded operations beside its methods. */
export type GuardedQueryRunner<Q extends QueryRunnerLike> = Q &
  Pick<Guard<TypeormForms>, Extract<keyof Guard<TypeormForms>, `safe${string}`>>;

/**
 * Around one runner, with nothing of it changed: its state, connection and transaction are the same, and so is `manager`, whose own
 * queries go past the guard. Between `enableSqlMemory` and `disableSqlMemory` the methods are TypeORM's, because they must only record.
 */
export function guardedQueryRunner<Q extends QueryRunnerLike>(
  queryRunner: Q,
  g: Guard<TypeormForms>,
  context: Context,
): GuardedQueryRunner<Q> {
  const bound = new Map<PropertyKey, unknown>();
  const bind = (key: PropertyKey, make: () => unknown): unknown => {
    if (!bound.has(key)) bound.set(key, make());
    return bound.get(key);
  };
  const runner = new Proxy(queryRunner, {
    get(target, key) {
      if (Object.hasOwn(METHODS, key) && Reflect.get(target, 'sqlMemoryMode') !== true) {
        const method = METHODS[key as GuardedMethod] as Method;
        return bind(
          key,
          () =>
            (...args: never[]) =>
              method(context, ...args),
        );
      }
      const own: unknown = Reflect.get(target, key, target);
      const safe: unknown = own === undefined && isOperation(key) ? Reflect.get(g, key) : undefined;
      if (typeof safe === 'function') return bind(key, () => safe.bind(g));
      // Bound: a method of the runner that calls another one of them means its own.
      return typeof own === 'function' && key !== 'constructor' ? own.bind(target) : own;
    },
    has: (target, key) => Reflect.has(target, key) || (isOperation(key) && Reflect.has(g, key)),
    set: (target, key, value) => Reflect.set(target, key, value, target),
  });
  return runner as GuardedQueryRunner<Q>;
}

function isOperation(key: PropertyKey): key is string {
  return typeof key === 'string' && key.startsWith('safe');
}

type Method = (c: Context, ...args: never[]) => Promise<void>;

/** One after the other, as TypeORM does it. */
function each<T>(one: (c: Context, table: TableOrName, item: T) => Promise<void>): Method {
  return async (c: Context, table: TableOrName, items: readonly T[]) => {
    for (const item of [...items]) await one(c, table, item);
  };
}

const METHODS: Readonly<Record<GuardedMethod, Method>> = {
  createSchema: tables.createSchema,
  dropSchema: tables.dropSchema,
  createTable: tables.createTable,
  dropTable: tables.dropTable,
  renameTable: tables.renameTable,
  changeTableComment: tables.changeTableComment,
  addColumn,
  addColumns: each(addColumn),
  renameColumn,
  changeColumn,
  changeColumns: async (c: Context, table: TableOrName, changes: Parameters<typeof changeAll>[2]) =>
    changeAll(c, table, changes),
  dropColumn,
  dropColumns: each(dropColumn),
  createPrimaryKey: constraints.createPrimaryKey,
  updatePrimaryKeys: constraints.updatePrimaryKeys,
  dropPrimaryKey: constraints.dropPrimaryKey,
  createUniqueConstraint: constraints.createUniqueConstraint,
  createUniqueConstraints: each(constraints.createUniqueConstraint),
  dropUniqueConstraint: constraints.dropUniqueConstraint,
  dropUniqueConstraints: each(constraints.dropUniqueConstraint),
  createCheckConstraint: constraints.createCheckConstraint,
  createCheckConstraints: each(constraints.createCheckConstraint),
  dropCheckConstraint: constraints.dropCheckConstraint,
  dropCheckConstraints: each(constraints.dropCheckConstraint),
  createExclusionConstraint: constraints.createExclusionConstraint,
  createExclusionConstraints: each(constraints.createExclusionConstraint),
  dropExclusionConstraint: constraints.dropExclusionConstraint,
  dropExclusionConstraints: each(constraints.dropExclusionConstraint),
  createForeignKey: constraints.createForeignKey,
  createForeignKeys: each(constraints.createForeignKey),
  dropForeignKey: constraints.dropForeignKey,
  dropForeignKeys: each(constraints.dropForeignKey),
  createIndex: constraints.createIndex,
  createIndices: each(constraints.createIndex),
  dropIndex: constraints.dropIndex,
  dropIndices: each(constraints.dropIndex),
  createView: views.createView,
  dropView: views.dropView,
  dropDatabase: refused(
    'dropDatabase',
    'it drops a whole database.',
    (name) => `If that is meant, write it as SQL:\n  await queryRunner.query('DROP DATABASE ${quoted(name)}');`,
  ),
  clearDatabase: refused(
    'clearDatabase',
    'it drops every table of the schemas that the entities have, with all rows.',
    () =>
      "Drop the tables that are meant by their names:\n  await queryRunner.safeDropTable('…', { allowRows: true });",
  ),
  clearTable: refused(
    'clearTable',
    'it takes every row of the table, and those written since once more when it is run again.',
    (name) => `If that is meant, write it as SQL:\n  await queryRunner.query('TRUNCATE TABLE ${quoted(name)}');`,
  ),
};

async function changeAll(
  c: Context,
  table: TableOrName,
  changes: readonly {
    readonly oldColumn: Parameters<typeof changeColumn>[2];
    readonly newColumn: Parameters<typeof changeColumn>[3];
  }[],
): Promise<void> {
  for (const { oldColumn, newColumn } of changes) await changeColumn(c, table, oldColumn, newColumn);
}

function refused(name: string, refuse: string, hint: (target: string) => string): Method {
  return async (c: Context, target?: string) => {
    await c.perform(refusal(name, { target: target ?? 'the database', refuse, hint: hint(target ?? '') }));
  };
}

function quoted(path: string): string {
  return inlineSql(sql.ident(...path.split('.')));
}
