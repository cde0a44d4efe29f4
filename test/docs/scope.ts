/** The names that a block of the documentation may use without saying where they come from. */
import type { guard as guardPg, sql } from '@holdfast/core';
import type { guard as guardKnex } from '@holdfast/knex';
import type { guard as guardTypeorm } from '@holdfast/typeorm';
import type { Knex } from 'knex';
import type pg from 'pg';
import type { QueryRunner, Table, TableCheck, TableColumn, TableForeignKey, TableIndex } from 'typeorm';

interface Scope<G extends (...args: never[]) => unknown> {
  readonly g: ReturnType<G>;
  readonly guard: G;
  readonly sql: typeof sql;
}

interface PgScope extends Scope<typeof guardPg> {
  readonly client: pg.Client;
}

interface KnexScope extends Scope<typeof guardKnex> {
  readonly knex: Knex;
}

interface TypeormScope extends Scope<typeof guardTypeorm> {
  readonly queryRunner: QueryRunner;
  readonly Table: typeof Table;
  readonly TableColumn: typeof TableColumn;
  readonly TableIndex: typeof TableIndex;
  readonly TableForeignKey: typeof TableForeignKey;
  readonly TableCheck: typeof TableCheck;
}

/** By the word behind `ts`. What runs on all hosts is checked on one. */
export interface Scopes {
  readonly pg: PgScope;
  readonly knex: KnexScope;
  readonly typeorm: TypeormScope;
  readonly all: Scope<typeof guardPg>;
}
