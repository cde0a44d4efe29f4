/**
 * safeRenameColumn: gives a column another name.
 *
 * Plain RENAME COLUMN fails the second time it is run, and cannot tell a column that was renamed already from one that never was there.
 * Running code that still asks for the old name breaks at that moment.
 */
import { INHERITED_FROM, readNames, readTexts } from '../catalog/inheritance.js';
import { lookAtColumn, remarkOn } from '../catalog/relation.js';
import { descendants } from '../catalog/tree.js';
import { CATALOG, exclusively, type Facts, list, type Operation, type Refusal } from '../engine/operation.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import { quoteIdent, sql, truncateName } from '../sql.js';
import { PAIRS, readPairs } from './column-pair/pair.js';

export interface RenameColumnArguments {
  readonly table: ObjectName;
  readonly from: string;
  readonly to: string;
}

interface RenameColumnState {
  readonly from: 'present' | 'absent';
  readonly to: 'present' | 'absent';
}

export interface RenameColumnFacts extends Facts<RenameColumnState> {
  readonly table: ObjectName;
  /** Tables that the column is inherited from. */
  readonly parents: readonly string[];
  /** What keeps the tables that inherit it, or the server, from taking the new name. */
  readonly obstacles: readonly string[];
  readonly descendants: readonly ObjectName[];
}

export const renameColumn: Operation<RenameColumnArguments, RenameColumnFacts> = {
  name: 'safeRenameColumn',

  async inspect(reader, { table, from, to }) {
    const { row, relation, name, missing, exists } = await lookAtColumn(reader, table, from, {
      columns: sql`${PAIRS} as pairs, b.attnum as tonum, ${INHERITED_FROM} as parents, ${descendants('c.oid')} as descendants, o.obstacles`,
      joins: sql`
      left join pg_catalog.pg_attribute b on b.attrelid = c.oid and b.attname = ${to}::name and not b.attisdropped
      left join lateral (
        with recursive tree (relid) as (select c.oid union select i.inhrelid from pg_catalog.pg_inherits i join tree on i.inhparent = tree.relid)
        select pg_catalog.json_agg(w.what order by w.what) as obstacles from tree
        join pg_catalog.pg_attribute ta on ta.attrelid = tree.relid and ta.attname in (${from}::name, ${to}::name) and not ta.attisdropped and ta.attrelid <> c.oid
        cross join lateral (select pg_catalog.pg_describe_object('pg_catalog.pg_class'::regclass, tree.relid, 0) || case
            when ta.attname = ${to}::name then ' has a column of that name already'
            when ta.attinhcount > (select count(*) from pg_catalog.pg_inherits i join tree u on u.relid = i.inhparent where i.inhrelid = ta.attrelid)
              then ' inherits the column from another table, too' end as what) w
        where w.what is not null) o on true`,
    });
    const number = row['tonum'];
    const taken = typeof number === 'number' && number > 0;
    const system = typeof number === 'number' && number < 0;
    const both = exists && taken;
    return {
      target: `${printName(name)}.${from} to ${to}`,
      state: { from: exists ? 'present' : 'absent', to: taken ? 'present' : 'absent' },
      begun: false,
      differences: both
        ? [
            {
              path: 'columns',
              expected: 'either the old name or the new one',
              found: `both, ${from} and ${to}`,
              proved: true,
            },
          ]
        : [],
      missing: exists || (relation !== null && taken) ? [] : missing,
      ...remarkOn(to),
      table: name,
      parents: readTexts(row, 'parents'),
      obstacles: [
        ...(system ? [`${to} is a column that every table has for the server's own use`] : []),
        ...readTexts(row, 'obstacles'),
        ...readPairs(row['pairs'])
          .filter((pair) => [pair.leading, pair.following].includes(truncateName(from)))
          .map(
            (pair) =>
              `trigger ${pair.trigger} keeps ${pair.following} in step with ${pair.leading}, by these names: contract first`,
          ),
      ],
      descendants: readNames(row, 'descendants'),
    };
  },

  next(facts, { from, to }) {
    if (facts.state.from === 'absent') return null;
    const reason = refusal(facts);
    if (reason !== null) return reason;
    return {
      kind: 'sql',
      id: 'rename',
      why: 'changes the name in the catalog; whatever asks for the old name fails from then on',
      sql: `ALTER TABLE ${quoteName(facts.table)} RENAME COLUMN ${quoteIdent(from)} TO ${quoteIdent(to)}`,
      locks: exclusively([facts.table, ...facts.descendants]),
      work: CATALOG,
      commit: 'own',
      after: () => ({ from: 'absent', to: 'present' }),
    };
  },

  provides: (facts, { table, to }) =>
    [facts.table, table].map((name) => ({ kind: 'column', name: `${printName(name)}.${to}` })),
};

function refusal({ parents, obstacles }: RenameColumnFacts): Refusal | null {
  if (parents.length > 0)
    return {
      refuse: `it is inherited from ${parents.join(', ')}.`,
      hint: 'Call safeRenameColumn for that table: the column is renamed in the tables that inherit it as well.',
    };
  if (obstacles.length === 0) return null;
  return {
    refuse: `the new name cannot be given:\n${list(obstacles)}`,
    hint: 'Choose another name, or change that first.',
  };
}
