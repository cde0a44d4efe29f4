/**
 * The runner that a guarded body is given. Its methods are TypeORM's own, whose statements the guard reads on their way, but for those in
 * which TypeORM itself would lose values, or would fail over tables that it has read before.
 */
import type { Body } from '@holdfast/core';
import type { ColumnLike, QueryRunnerLike, TableLike } from '../host.js';
import type { TypeormGuard } from '../typeorm-guard.js';
import type { GuardedMethod } from './methods.js';
import { recreatesColumn } from './recreates-column.js';

/** Of a table that is gone they are gone as well. */
const PARTS_GO: ReadonlySet<PropertyKey> = new Set<GuardedMethod>([
  'dropColumn',
  'dropColumns',
  'dropPrimaryKey',
  'dropUniqueConstraint',
  'dropUniqueConstraints',
  'dropCheckConstraint',
  'dropCheckConstraints',
  'dropExclusionConstraint',
  'dropExclusionConstraints',
  'dropForeignKey',
  'dropForeignKeys',
  'dropIndex',
  'dropIndices',
]);

/** TypeORM looks for these in its own list before it sends anything, and fails where they are gone already, or are there and it does not know. */
const LOOKED_UP: ReadonlySet<PropertyKey> = new Set<PropertyKey>([
  ...PARTS_GO,
  ...([
    'dropTable',
    'dropView',
    'renameTable',
    'renameColumn',
    'addColumn',
    'addColumns',
    'createIndex',
    'createIndices',
    'createForeignKey',
    'createForeignKeys',
  ] satisfies GuardedMethod[]),
]);

/** Around one runner, with nothing of it changed. `body` is told what the guarded methods find: they do not pass it. */
export function bodyQueryRunner<Q extends QueryRunnerLike>(
  queryRunner: Q,
  g: TypeormGuard<Q>,
  body: Pick<Body, 'found'>,
): Q {
  const bound = new Map<PropertyKey, unknown>();
  const bind = (key: PropertyKey, make: () => unknown): unknown => {
    if (!bound.has(key)) bound.set(key, make());
    return bound.get(key);
  };
  const guardedMethod = (key: PropertyKey): Call => {
    const method = Reflect.get(g.queryRunner, key) as Call;
    return async (...args) => {
      const before = g.report().outcomes.length;
      const [table] = args;
      if (PARTS_GO.has(key) && typeof table === 'string' && !(await g.tableExists(table))) return body.found(key, true);
      const answer = await method(...args);
      const done = g
        .report()
        .outcomes.slice(before)
        .every(({ status }) => status === 'unchanged');
      // TypeORM changes a column a second time and complains of nothing: found done, it tells nothing.
      if (!done || !String(key).startsWith('changeColumn')) body.found(key, done);
      return answer;
    };
  };
  const made: Q = new Proxy(queryRunner, {
    get(target, key) {
      const own: unknown = Reflect.get(target, key, target);
      const records = Reflect.get(target, 'sqlMemoryMode') === true;
      if (typeof own === 'function' && key === 'changeColumn' && !records)
        return bind(key, () => changeColumn(target, (own as Call).bind(target), guardedMethod(key)));
      if (typeof own === 'function' && key === 'changeColumns' && !records) return bind(key, () => changeEach(made));
      if (typeof own === 'function' && LOOKED_UP.has(key) && !records)
        return bind(key, () => orGuarded((own as Call).bind(target), guardedMethod(key)));
      const safe: unknown = own === undefined && isOperation(key) ? Reflect.get(g, key) : undefined;
      if (typeof safe === 'function') return bind(key, () => (safe as Call).bind(g));
      return typeof own === 'function' && key !== 'constructor' ? (own as Call).bind(target) : own;
    },
    has: (target, key) => Reflect.has(target, key) || (isOperation(key) && Reflect.has(g, key)),
    set: (target, key, value) => Reflect.set(target, key, value, target),
  });
  return made;
}

type Call = (...args: unknown[]) => Promise<unknown>;

function isOperation(key: PropertyKey): key is string {
  return typeof key === 'string' && key.startsWith('safe');
}

/** Where TypeORM would drop the column and add it anew, it is changed in place; where it would not, it does what it does. */
function changeColumn(queryRunner: QueryRunnerLike, stock: Call, guarded: Call): Call {
  return async (...args) => {
    const [table, from, next] = args as [TableLike | string, ColumnLike | string, ColumnLike];
    const recreates = await recreatesColumn(queryRunner, table, from, next);
    return recreates ? guarded(...args) : orGuarded(stock, guarded)(...args);
  };
}

function changeEach(runner: object): Call {
  return async (table, changes) => {
    for (const { oldColumn, newColumn } of changes as readonly {
      readonly oldColumn: unknown;
      readonly newColumn: unknown;
    }[])
      await (Reflect.get(runner, 'changeColumn') as Call)(table, oldColumn, newColumn);
  };
}

/** An error of TypeORM's own carries none of the server: nothing was sent, so the guarded method decides from the catalog. */
function orGuarded(stock: Call, guarded: Call): Call {
  return async (...args) => {
    try {
      return await stock(...args);
    } catch (error) {
      if (!isClientSide(error)) throw error;
      return guarded(...args);
    }
  };
}

/** `TypeORMError: Column "x" was not found in table "t".`; a QueryFailedError is one as well, but has the driver's error. */
function isClientSide(error: unknown): boolean {
  const { name, driverError } = (error ?? {}) as { readonly name?: unknown; readonly driverError?: unknown };
  return error instanceof Error && name === 'TypeORMError' && driverError === undefined;
}
