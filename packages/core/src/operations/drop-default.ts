/**
 * safeDropDefault: takes the default of a column away.
 *
 * Plain DROP DEFAULT takes its lock on the table and all its partitions also when there is none, and says nothing of what was there.
 */

import {
  type ColumnValue,
  OWN_DEFAULTS,
  overwrites,
  readColumnValue,
  refuseComputed,
  VALUE_COLUMNS,
} from '../catalog/column-value.js';
import { readNames } from '../catalog/inheritance.js';
import { lookAtColumn, remarkOn } from '../catalog/relation.js';
import { descendants } from '../catalog/tree.js';
import { CATALOG, exclusively, type Facts, type Operation } from '../engine/operation.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import { textOrNull } from '../postgres/connection.js';
import { quoteIdent, sql } from '../sql.js';

export interface DropDefaultArguments {
  readonly table: ObjectName;
  readonly column: string;
}

export interface DropDefaultFacts extends Facts<{ readonly default: 'present' | 'none' }> {
  readonly table: ObjectName;
  /** What gives the column its value where an INSERT names none. */
  readonly value: ColumnValue;
  readonly descendants: readonly ObjectName[];
  /** Tables below that have another default for it, in words. */
  readonly ownDefaults: readonly string[];
}

export const dropDefault: Operation<DropDefaultArguments, DropDefaultFacts> = {
  name: 'safeDropDefault',

  async inspect(reader, { table, column }) {
    const { row, name, missing } = await lookAtColumn(reader, table, column, {
      columns: sql`${VALUE_COLUMNS}, q.sequence, ${descendants('c.oid')} as descendants, ${OWN_DEFAULTS}`,
      joins: sql`
      left join pg_catalog.pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
      left join lateral (select pg_catalog.min(s.oid::regclass::text) as sequence from pg_catalog.pg_depend o
        join pg_catalog.pg_class s on s.oid = o.objid and o.classid = 'pg_catalog.pg_class'::regclass and s.relkind = 'S'
        join pg_catalog.pg_depend u on u.classid = 'pg_catalog.pg_attrdef'::regclass and u.objid = d.oid and u.refobjid = s.oid
        where o.refclassid = 'pg_catalog.pg_class'::regclass and o.refobjid = c.oid and o.refobjsubid = a.attnum and o.deptype = 'a') q on true`,
    });
    const value = readColumnValue(row);
    const sequence = textOrNull(row['sequence']);
    const remarks = [remarkOn(column).remark, ...(value.kind === 'default' ? [`was ${value.expression}`] : [])];
    if (sequence !== null) remarks.push(`the sequence ${sequence} stays, and still goes with the column`);
    const remark = remarks.filter((each) => each !== undefined).join('; ');
    return {
      target: `${printName(name)}.${column}`,
      state: { default: value.kind === 'default' ? 'present' : 'none' },
      begun: false,
      differences: [],
      missing,
      ...(remark === '' ? {} : { remark }),
      table: name,
      value,
      descendants: readNames(row, 'descendants'),
      ownDefaults: (row['own_defaults'] ?? []) as readonly string[],
    };
  },

  next(facts, { column }) {
    const computed = refuseComputed(facts.value, facts.table, column);
    if (computed !== null) return computed;
    if (facts.state.default === 'none') return null;
    return {
      kind: 'sql',
      id: 'drop default',
      why: 'new rows get NULL where no value is given; existing rows keep theirs',
      sql: `ALTER TABLE ${quoteName(facts.table)} ALTER COLUMN ${quoteIdent(column)} DROP DEFAULT`,
      locks: exclusively([facts.table, ...facts.descendants]),
      work: CATALOG,
      ...overwrites(facts.ownDefaults),
      commit: 'own',
      after: () => ({ default: 'none' }),
    };
  },
};
