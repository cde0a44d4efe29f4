/** The guard with a runner that carries TypeORM's own method names. */
import { Guard, type GuardOptions, type ObjectName } from '@holdfast/core';
import type { DataSourceLike, QueryRunnerLike, TypeormForms } from './host.js';
import type { Context } from './query-runner/context.js';
import { type GuardedQueryRunner, guardedQueryRunner } from './query-runner/guarded-query-runner.js';
import { isUnusedEnum, readTable } from './query-runner/read-table.js';
import type { TypeormSession } from './session.js';

export class TypeormGuard<Q extends QueryRunnerLike = QueryRunnerLike> extends Guard<TypeormForms> {
  declare protected readonly session: TypeormSession<Q>;
  #queryRunner: GuardedQueryRunner<Q> | undefined;

  /**
   * The runner of the migration with the guard in its methods: `addColumn`, `changeColumn`, `dropTable` and all others that change the
   * schema take what TypeORM's take and run the guarded operations, which stand beside them under their own names. Everything else is the
   * runner's own. docs/typeorm.md says for each method what becomes of it.
   */
  get queryRunner(): GuardedQueryRunner<Q> {
    this.#queryRunner ??= guardedQueryRunner(this.session.queryRunner, this, this.#context());
    return this.#queryRunner;
  }

  #context(): Context {
    const { queryRunner, dataSource } = this.session;
    const { schema, mode } = this.run.settings;
    const ask = <T>(operation: string, question: Parameters<typeof this.run.ask<T>>[1]): Promise<T> =>
      this.run.ask(operation, question);
    const options: GuardOptions = { mode: 'plan', ...(schema === undefined ? {} : { schema }) };
    return {
      g: this,
      dataSource: dataSource as DataSourceLike,
      planning: mode === 'plan',
      name: (operation, name): ObjectName => this.name(operation, name),
      find: (operation, table) => ask(operation, (connection) => readTable(connection, table)),
      isUnusedEnum: (type) => ask('dropColumn', (connection) => isUnusedEnum(connection, type)),
      perform: (child) => this.run.perform(child),
      rehearse: () => new TypeormGuard(this.session, options),
      stock: (method, args) =>
        (Reflect.get(queryRunner, method) as (...all: unknown[]) => Promise<void>).apply(queryRunner, [...args]),
    };
  }
}
