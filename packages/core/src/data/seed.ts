/**
 * seed: rows that happen once, such as roles, countries or an entry in an audit log. Those whose key is not there are inserted; those
 * that are there must hold the same.
 *
 * A plain INSERT fails when it runs again. With ON CONFLICT DO NOTHING it hides that other values stand there, and uses up a number of
 * the sequence for each row that it leaves out.
 */
import { isNamed, missingTable, readRelation, relationColumns, resolvedName, SERVER } from '../catalog/relation.js';
import { CATALOG, type Facts, type LoopStep, type Operation } from '../engine/operation.js';
import { MismatchError, StepFailedError } from '../errors.js';
import { calledFunctions } from '../expressions.js';
import { type ObjectName, printName } from '../names.js';
import type { Difference } from '../outcome.js';
import type { Connection } from '../postgres/connection.js';
import { inlineSql, isFragment, sql, truncateName } from '../sql.js';
import { columnTypes } from './condition.js';
import {
  chunksOf,
  compareStatement,
  groupsOf,
  insertStatement,
  type SeedColumns,
  type SeedGroup,
  type SeedRow,
  seedColumns,
} from './seed-rows.js';

export type { SeedRow } from './seed-rows.js';

export interface SeedOptions {
  /** The column, or columns, by which a row is known: a primary key or a unique index must hold exactly these. */
  readonly key: string | readonly string[];
}

export interface SeedArguments {
  readonly table: ObjectName;
  readonly rows: readonly SeedRow[];
  readonly key: readonly string[];
}

export interface SeedFacts extends Facts<{ readonly done: boolean }> {
  readonly table: ObjectName;
  /** Rows of the same columns belong together. */
  readonly groups: readonly SeedGroup[];
  readonly columns: SeedColumns;
  /** A unique index holds exactly the key: without it two deployers could insert the same row. */
  readonly unique: boolean;
  /** Columns that only the server fills. */
  readonly filled: readonly string[];
}

export const seed: Operation<SeedArguments, SeedFacts> = {
  name: 'seed',

  async inspect(reader, { table, rows, key }) {
    const named = [...new Set([...key, ...rows.flatMap((row) => Object.keys(row))])];
    const texts = rows.flatMap((row) => Object.values(row).filter(isFragment).map(inlineSql));
    const functions = [...new Set(texts.flatMap((text) => calledFunctions(text) ?? []))];
    const { rows: answer } = await reader.read(sql`
      select ${SERVER}, ${relationColumns('c')}, ${columnTypes('c', named)}, ${seedColumns('c', named)}, ${uniqueOn(key)} as unique,
        (select pg_catalog.json_agg(distinct p.proname) from pg_catalog.pg_proc p where p.proname = any(${functions}::name[]) and p.provolatile <> 'i') as unstable
      from (select 1) one
      left join pg_catalog.pg_class c on ${isNamed('c', table)} and c.relkind in ('r', 'p')`);
    const row = answer[0] ?? {};
    const relation = readRelation(row);
    const name = resolvedName(relation, table);
    const columns: SeedColumns = {
      types: (row['types'] ?? {}) as SeedColumns['types'],
      seeded: (row['seeded'] ?? {}) as SeedColumns['seeded'],
    };
    const there = (column: string): boolean => Object.hasOwn(columns.types, truncateName(column));
    const lacking = relation === null ? [] : named.filter((column) => !there(column));
    return {
      target: printName(name),
      state: { done: false },
      begun: false,
      differences: [],
      missing: [
        ...missingTable(relation, table),
        ...lacking.map((column) => ({ kind: 'column', name: `${printName(name)}.${column}` }) as const),
      ],
      // Which rows are there, and whether they are the same, only the server can tell.
      alike: relation === null || lacking.length > 0 ? [] : ['the rows'],
      table: name,
      groups: groupsOf(rows, new Set((row['unstable'] ?? []) as readonly string[])),
      columns,
      unique: row['unique'] === true,
      filled: named.filter((column) => columns.seeded[truncateName(column)]?.filled === true),
    };
  },

  next(facts, { key }) {
    const group = facts.groups.find(({ id }) => !(facts.probed ?? []).includes(id));
    if (group === undefined) return null;
    if (!facts.unique) {
      return {
        refuse: `no primary key and no unique index holds exactly ${key.join(', ')}: two deployers could insert the same row.`,
        hint: `Make one first:\n  safeCreateUniqueConstraint('${printName(facts.table)}', [${key.map((column) => `'${column}'`).join(', ')}])`,
      };
    }
    if (facts.filled.length > 0) {
      return {
        refuse: `the server alone gives ${facts.filled.join(', ')} its values (GENERATED ALWAYS).`,
        hint: 'Leave the column out of the rows, and name another key.',
      };
    }
    return insert(facts, group, key);
  },

  async prove(connection, facts, { key }) {
    if (!facts.unique || facts.filled.length > 0) return facts;
    const differences: Difference[] = [];
    const complete: string[] = [];
    let there = 0;
    for (const group of facts.groups) {
      const { absent, differ } = await compare(connection, facts, group, key);
      there += group.rows.length - absent.length;
      if (absent.length === 0) complete.push(group.id);
      differences.push(...differ);
    }
    const told = differences.slice(0, MOST_DIFFERENCES);
    return { ...facts, differences: told, begun: there > 0, probed: [...(facts.probed ?? []), ...complete] };
  },
};

const MOST_DIFFERENCES = 20;

function insert(facts: SeedFacts, group: SeedGroup, key: readonly string[]): LoopStep<SeedFacts> {
  return {
    kind: 'loop',
    id: group.id,
    why: 'inserts the rows whose key is not there',
    sql: insertStatement(facts.table, facts.columns, group, key),
    locks: [{ on: facts.table, mode: 'RowExclusiveLock', kind: 'table' }],
    work: CATALOG,
    after: (state) => state,
    async batches({ connection, batch, progress }) {
      let inserted = 0;
      for (const chunk of chunksOf(group)) {
        inserted += await batch(async () => {
          const rows = await connection.change(insertStatement(facts.table, facts.columns, chunk, key));
          await requireStored(connection, facts, chunk, key);
          return rows;
        });
        progress(inserted, group.rows.length);
      }
      return inserted;
    },
  };
}

interface Comparison {
  /** Keys of rows that are not there. */
  readonly absent: readonly string[];
  readonly differ: readonly Difference[];
}

async function compare(
  connection: Connection,
  { table, columns }: SeedFacts,
  group: SeedGroup,
  key: readonly string[],
): Promise<Comparison> {
  const absent: string[] = [];
  const differ: Difference[] = [];
  for (const chunk of chunksOf(group)) {
    for (const row of await connection.query(compareStatement(table, columns, chunk, key))) {
      const name = key.map((column, i) => `${column} = ${(row['key'] as readonly string[])[i]}`).join(', ');
      if (row['there'] !== true) absent.push(name);
      for (const found of row['differ'] as readonly ({
        column: string;
        expected: string | null;
        found: string | null;
      } | null)[])
        if (found !== null && row['there'] === true)
          differ.push({
            path: `${name}: ${found.column}`,
            expected: found.expected ?? 'NULL',
            found: found.found ?? 'NULL',
            proved: true,
          });
    }
  }
  return { absent, differ };
}

/** Somebody else may have inserted another row of that key meanwhile; a trigger may change rows, or leave them out. */
async function requireStored(
  connection: Connection,
  facts: SeedFacts,
  chunk: SeedGroup,
  key: readonly string[],
): Promise<void> {
  const { absent, differ } = await compare(connection, facts, chunk, key);
  const about = { operation: seed.name, target: facts.target };
  const differences = differ.slice(0, MOST_DIFFERENCES);
  if (differences.length > 0) {
    throw new MismatchError({
      ...about,
      differences,
      happened: `what is stored is not what was asked for:\n${differences.map((d) => `  ${d.path}: expected ${d.expected}, found ${d.found}`).join('\n')}`,
      hint: 'Another deployment has inserted other values at the same time, or a trigger changes them: look, then run again.',
    });
  }
  if (absent.length === 0) return;
  throw new StepFailedError({
    ...about,
    happened: `rows were not stored, though the server reported no error:\n${absent
      .slice(0, MOST_DIFFERENCES)
      .map((name) => `  ${name}`)
      .join('\n')}`,
    hint: 'A trigger or rule leaves them out, or row level security hides them from this role: look for one.',
  });
}

/** Does a unique index that ON CONFLICT can use hold exactly these columns? */
function uniqueOn(key: readonly string[]): ReturnType<typeof sql> {
  return sql`exists (select from pg_catalog.pg_index i where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indimmediate
    and i.indpred is null and i.indexprs is null
    and (select pg_catalog.array_agg(a.attname order by a.attname) from pg_catalog.unnest((i.indkey::int2[])[0:i.indnkeyatts - 1]) k (attnum)
      join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum)
      = (select pg_catalog.array_agg(w order by w) from pg_catalog.unnest(${key}::name[]) w))`;
}
