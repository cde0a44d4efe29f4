/**
 * numberColumn: lets a column that is there draw its values from a sequence of its own, as TypeORM's changeColumn does when a column
 * becomes `increment`.
 *
 * TypeORM's sequence begins at 1 whatever the rows hold, so that inserts fail or give a number twice. Here it goes on behind the highest
 * number. CREATE SEQUENCE IF NOT EXISTS takes one that belongs to another column.
 */
import { type Child, child, type Facts, inlineSql, type ObjectName, type Operation, sql } from '@holdfast/core';

interface NumberColumnArguments {
  /** As found in the catalog, with its schema. */
  readonly table: ObjectName;
  readonly column: string;
  /** In the schema of the table. */
  readonly sequence: string;
}

export function numberColumn(table: ObjectName, column: string, sequence: string): Child {
  return child(operation, { table, column, sequence });
}

interface NumberColumnFacts extends Facts<{ readonly numbered: boolean }> {
  /** The sequence is there, and belongs to the column. */
  readonly made: boolean;
}

const operation: Operation<NumberColumnArguments, NumberColumnFacts> = {
  name: 'numberColumn',

  async inspect(reader, { table, column, sequence }) {
    const { rows } = await reader.read(sql`
      select s.relkind as kind, s.oid is not null and p.objid is not null as made, d.refobjid is not null as numbered
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = ${column}::name and not a.attisdropped
      left join pg_catalog.pg_class s on s.relnamespace = c.relnamespace and s.relname = ${sequence}::name
      left join pg_catalog.pg_depend p on p.classid = 'pg_catalog.pg_class'::regclass and p.objid = s.oid and p.refclassid = p.classid
        and p.refobjid = c.oid and p.refobjsubid = a.attnum and p.deptype = 'a'
      left join pg_catalog.pg_attrdef e on e.adrelid = c.oid and e.adnum = a.attnum
      left join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_attrdef'::regclass and d.objid = e.oid and d.refobjid = s.oid
      where n.nspname = ${table.schema ?? null}::name and c.relname = ${table.name}::name`);
    const row = rows[0] ?? {};
    const target = `${table.schema}.${table.name}.${column}`;
    const [kind, made, numbered] = [row['kind'] ?? null, row['made'] === true, row['numbered'] === true];
    const found = kind === 'S' ? 'a sequence that does not belong to the column' : 'something else of that name';
    return {
      target,
      state: { numbered },
      begun: made,
      differences:
        kind === null || made ? [] : [{ path: `sequence ${sequence}`, expected: 'free', found, proved: true }],
      missing: rows.length === 0 ? [{ kind: 'column', name: target }] : [],
      made,
    };
  },

  next({ state, made }, { table, column, sequence }) {
    if (state.numbered) return null;
    const [on, name, path] = [
      sql.ident(table.schema ?? '', table.name),
      sql.ident(column),
      sql.ident(table.schema ?? '', sequence),
    ];
    const literal = inlineSql(path);
    const create = inlineSql(sql`CREATE SEQUENCE ${path} OWNED BY ${on}.${name}`);
    const follow = inlineSql(
      sql`SELECT pg_catalog.setval(${literal}, max(${name})) FROM ${on} HAVING max(${name}) > 0`,
    );
    const use = inlineSql(sql`ALTER TABLE ${on} ALTER COLUMN ${name} SET DEFAULT nextval(${literal})`);
    return {
      kind: 'sql',
      id: 'number',
      why: 'new rows draw from a sequence that goes on behind the highest number',
      sql: made ? follow : create,
      more: made ? [use] : [follow, use],
      locks: [{ on: table, mode: 'AccessExclusiveLock', kind: 'table' }],
      work: { kind: 'scan', of: table },
      commit: 'own',
      after: () => ({ numbered: true }),
    };
  },
};
