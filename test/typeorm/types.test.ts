/** What fits by type: both majors' own classes and interfaces, and nothing else. Checked by the compiler. */
import type { GuardedQueryRunner, guard, QueryRunnerLike, TypeormForms } from '@holdfast/typeorm';
import type * as v1 from 'typeorm';
import type * as v03 from 'typeorm-0.3';
import { expectTypeOf, it } from 'vitest';
import type { GuardedMethod, STOCK } from '../../packages/typeorm/src/query-runner/methods.js';

it('takes the QueryRunner of both majors', () => {
  expectTypeOf<v1.QueryRunner>().toExtend<QueryRunnerLike>();
  expectTypeOf<v03.QueryRunner>().toExtend<QueryRunnerLike>();
});

it('takes the definitions of both majors', () => {
  expectTypeOf<v1.TableColumn>().toExtend<TypeormForms['column']>();
  expectTypeOf<v03.TableColumn>().toExtend<TypeormForms['column']>();
  expectTypeOf<v1.TableColumn[]>().toExtend<TypeormForms['column']>();
  expectTypeOf<v03.TableColumn[]>().toExtend<TypeormForms['column']>();
  expectTypeOf<v1.TableIndex>().toExtend<TypeormForms['index']>();
  expectTypeOf<v03.TableIndex>().toExtend<TypeormForms['index']>();
  expectTypeOf<v1.TableForeignKey>().toExtend<TypeormForms['foreignKey']>();
  expectTypeOf<v03.TableForeignKey>().toExtend<TypeormForms['foreignKey']>();
  expectTypeOf<v1.TableCheck>().toExtend<TypeormForms['check']>();
  expectTypeOf<v03.TableCheck>().toExtend<TypeormForms['check']>();
  expectTypeOf<v1.TableUnique>().toExtend<TypeormForms['unique']>();
  expectTypeOf<v03.TableUnique>().toExtend<TypeormForms['unique']>();
  expectTypeOf<v1.TableExclusion>().toExtend<TypeormForms['exclusion']>();
  expectTypeOf<v03.TableExclusion>().toExtend<TypeormForms['exclusion']>();
});

it('takes no DataSource, no EntityManager and no bare options', () => {
  expectTypeOf<v1.DataSource>().not.toExtend<Parameters<typeof guard>[0]>();
  expectTypeOf<v03.DataSource>().not.toExtend<Parameters<typeof guard>[0]>();
  expectTypeOf<v1.EntityManager>().not.toExtend<Parameters<typeof guard>[0]>();
  expectTypeOf<v03.EntityManager>().not.toExtend<Parameters<typeof guard>[0]>();
  expectTypeOf<v1.TableColumnOptions>().not.toExtend<TypeormForms['column']>();
  expectTypeOf<v1.TableIndexOptions>().not.toExtend<TypeormForms['index']>();
  expectTypeOf<v1.TableForeignKeyOptions>().not.toExtend<TypeormForms['foreignKey']>();
  expectTypeOf<v1.TableCheckOptions>().not.toExtend<TypeormForms['check']>();
});

/** `'a, b' | 'c'` → `'a' | 'b' | 'c'` */
type Split<T extends string> = T extends `${infer First}, ${infer Rest}` ? First | Split<Rest> : T;

it('knows every method of both majors, as guarded or as the stock one', () => {
  type Known = GuardedMethod | Split<keyof typeof STOCK>;
  // Gone in 1.x: the cache, which the guard empties after each operation.
  type Others = 'loadedTables' | 'loadedViews' | symbol;
  expectTypeOf<Exclude<keyof v1.QueryRunner, Known | Others>>().toBeNever();
  expectTypeOf<Exclude<keyof v03.QueryRunner, Known | Others>>().toBeNever();
  expectTypeOf<Exclude<GuardedMethod, keyof v1.QueryRunner>>().toBeNever();
});

it('gives back the type of the runner, with the operations', () => {
  expectTypeOf<GuardedQueryRunner<v1.QueryRunner>>().toExtend<v1.QueryRunner>();
  expectTypeOf<GuardedQueryRunner<v03.QueryRunner>>().toExtend<v03.QueryRunner>();
  expectTypeOf<GuardedQueryRunner<v03.QueryRunner>['safeAddColumn']>().toEqualTypeOf<
    ReturnType<typeof guard>['safeAddColumn']
  >();
});
