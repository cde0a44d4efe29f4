/**
 * dropExpression: makes an ordinary column of a generated one. The rows keep what was computed for them.
 *
 * TypeORM renames the column, adds it anew and copies every row. ALTER COLUMN DROP EXPRESSION (13 and later) does it in the catalog.
 */
import { type Child, child, type Facts, inlineSql, type ObjectName, type Operation, sql } from '@holdfast/core';

interface DropExpressionArguments {
  /** As found in the catalog, with its schema. */
  readonly table: ObjectName;
  readonly column: string;
}

export function dropExpression(table: ObjectName, column: string): Child {
  return child(operation, { table, column });
}

interface DropExpressionFacts extends Facts<{ readonly generated: 'stored' | 'virtual' | 'no' }> {}

const KINDS: Readonly<Record<string, 'stored' | 'virtual'>> = { s: 'stored', v: 'virtual' };

const operation: Operation<DropExpressionArguments, DropExpressionFacts> = {
  name: 'dropExpression',

  async inspect(reader, { table, column }) {
    const { rows } = await reader.read(sql`
      select a.attgenerated::text as generated from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace where n.nspname = ${table.schema ?? null}::name
        and c.relname = ${table.name}::name and a.attname = ${column}::name and not a.attisdropped`);
    const target = `${table.schema}.${table.name}.${column}`;
    return {
      target,
      state: { generated: KINDS[String(rows[0]?.['generated'])] ?? 'no' },
      begun: false,
      differences: [],
      missing: rows.length === 0 ? [{ kind: 'column', name: target }] : [],
    };
  },

  next({ state }, { table, column }) {
    if (state.generated === 'no') return null;
    if (state.generated === 'virtual')
      return {
        refuse: 'its values are not stored (VIRTUAL), so there is nothing that the rows could keep.',
        hint: 'Add another column, fill it by backfill, then drop this one.',
      };
    return {
      kind: 'sql',
      id: 'drop',
      why: 'the rows keep their values; nothing computes them any more',
      sql: inlineSql(
        sql`ALTER TABLE ${sql.ident(table.schema ?? '', table.name)} ALTER COLUMN ${sql.ident(column)} DROP EXPRESSION`,
      ),
      locks: [{ on: table, mode: 'AccessExclusiveLock', kind: 'table' }],
      work: { kind: 'catalog' },
      commit: 'own',
      after: () => ({ generated: 'no' }),
    };
  },
};
