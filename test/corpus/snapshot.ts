/** Everything that two runs of a project are compared by. */
import pg from 'pg';
import { catalogOf, withClient } from '../support/catalog.js';
import type { Project } from './projects.js';

export interface Snapshot {
  /** One line for each object; the ledger's tables are among them. */
  readonly catalog: readonly string[];
  /** One line for each row of each table, also of materialized views. The ledger's are left out. */
  readonly rows: readonly string[];
  /** Where each sequence stands, but those of the ledger. */
  readonly sequences: readonly string[];
}

const LEDGER = /^("?[\w]+"?\.)?(knex_)?migrations(_lock)?(_id_seq|_index_seq)?$/;
const USERS = `(SELECT oid FROM pg_namespace WHERE nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%')`;
const RELATIONS = `SELECT c.oid::regclass::text AS name, c.relkind AS kind FROM pg_class c
  WHERE c.relnamespace IN ${USERS} AND (c.relkind IN ('r', 'S') OR c.relkind = 'm' AND c.relispopulated) ORDER BY 1`;

export async function snapshot(url: string, { random }: Pick<Project, 'random'>): Promise<Snapshot> {
  return withClient(url, async (client) => {
    const catalog = await catalogOf(client);
    const { rows: all } = await client.query<{ name: string; kind: string }>(RELATIONS);
    const relations = all.filter(({ name }) => !LEDGER.test(name));
    const lines = async (queries: readonly string[]): Promise<readonly string[]> => {
      if (queries.length === 0) return [];
      const { rows } = await client.query<{ line: string }>(queries.join(' UNION ALL '));
      // TypeORM keeps the name of the database in its notes.
      return rows.map(({ line }) => line.replaceAll(/\bhf_[0-9a-f]{12}\b/g, 'database')).sort();
    };
    return {
      catalog,
      rows: await lines(relations.filter(({ kind }) => kind !== 'S').map(({ name }) => rowsOf(name, random))),
      sequences: await lines(relations.filter(({ kind }) => kind === 'S').map(({ name }) => positionOf(name))),
    };
  });
}

function rowsOf(table: string, random: readonly string[]): string {
  const left = random
    .filter((column) => column.startsWith(`${table}.`))
    .map((column) => column.slice(table.length + 1));
  const omitted = left.map((column) => ` - ${pg.escapeLiteral(column)}`).join('');
  return `SELECT ${pg.escapeLiteral(`${table} `)} || (to_jsonb(t)${omitted})::text AS line FROM ONLY ${table} t`;
}

function positionOf(sequence: string): string {
  return `SELECT ${pg.escapeLiteral(`${sequence} `)} || last_value || CASE WHEN is_called THEN '' ELSE ' (not called)' END AS line FROM ${sequence}`;
}
