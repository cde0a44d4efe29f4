/**
 * safeCreateView: makes a view, or with `replace` puts another query in the place of the one it has.
 *
 * CREATE OR REPLACE VIEW silently takes the place of whatever view has the name, with ACCESS EXCLUSIVE even where nothing differs, and
 * fails halfway through a migration when the columns are others.
 */
import { type Canon, sameCanonicalForm, takenBack } from '../catalog/canonical.js';
import {
  ANY_RELATION,
  asksReplacement,
  bothNames,
  creation,
  DIFFERS,
  dependents,
  homeOf,
  irreplaceable,
  type ObjectState,
  placeOf,
  replacement,
} from '../catalog/objects.js';
import { kindOf, lookAtTable, type Relation, remarkOn } from '../catalog/relation.js';
import type { Facts, Operation, Refusal } from '../engine/operation.js';
import { embed, sameExpression } from '../expressions.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import type { Difference } from '../outcome.js';
import type { Connection, Row } from '../postgres/connection.js';
import { sql } from '../sql.js';

export interface CreateViewArguments {
  readonly view: ObjectName;
  /** A query, without a semicolon at its end. */
  readonly select: string;
  /** Another query of a view that is there is replaced in place. */
  readonly replace?: boolean | undefined;
}

export interface CreateViewFacts extends Facts<ObjectState> {
  readonly view: ObjectName;
  readonly stored: StoredView | null;
  /** Set by `prove`: the server cannot put the wanted query in its place. */
  readonly stands: Refusal | null;
}

interface StoredView {
  readonly query: string;
  /** `id integer`, in order. */
  readonly columns: readonly string[];
  readonly dependents: readonly string[];
}

const COLUMNS =
  "(select pg_catalog.json_agg(pg_catalog.quote_ident(a.attname) || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod) order by a.attnum) from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)";

export const createView: Operation<CreateViewArguments, CreateViewFacts> = {
  name: 'safeCreateView',

  async inspect(reader, { view, select }) {
    const { row, relation } = await lookAtTable(reader, view, {
      kinds: ANY_RELATION,
      columns: sql`${homeOf(view)}, c.reloptions::text as options, case when c.relkind = 'v' then pg_catalog.pg_get_viewdef(c.oid) end as query,
        ${sql.raw(COLUMNS)} as columns, ${dependents('pg_class', 'c.oid')} as dependents`,
    });
    const place = relation === null ? placeOf(row, view) : { name: relation.name, missing: [] };
    return {
      target: printName(place.name),
      state: { object: relation === null ? 'absent' : 'present' },
      begun: false,
      differences: relation === null ? [] : compare(select, relation, row),
      missing: place.missing,
      ...remarkOn(view.name),
      view: place.name,
      stored: relation?.kind === 'v' ? storedOf(row) : null,
      stands: null,
    };
  },

  next(facts, { select }) {
    if (facts.stands !== null) return facts.stands;
    const text = `VIEW ${quoteName(facts.view)} AS ${embed(select)}`;
    if (facts.state.object === 'absent')
      return creation({ why: 'writes the query into the catalog; nothing is read', sql: `CREATE ${text}`, locks: [] });
    if (!asksReplacement(facts)) return null;
    return replacement({
      why: 'puts the query in the place of the one it has; the columns stay, new ones may come behind them',
      sql: `CREATE OR REPLACE ${text}`,
      locks: [{ on: facts.view, mode: 'AccessExclusiveLock', kind: 'other' }],
    });
  },

  provides: (facts, { view }) => bothNames('table', [facts.view, view]),

  async prove(connection, facts, { select, replace }) {
    const { stored } = facts;
    if (stored === null) return facts;
    if (await sameCanonicalForm(connection, null, CANON, { wanted: select, stored: stored.query }))
      return { ...facts, differences: [] };
    const wanted = await columnsOf(connection, select);
    if (wanted === null) return facts;
    const [expected, found] = [wanted.join(', '), stored.columns.join(', ')];
    if (replace !== true)
      return expected === found
        ? facts
        : { ...facts, differences: [{ path: 'columns', expected, found, proved: true }] };
    const kept = stored.columns.every((column, i) => column === wanted[i]);
    return kept
      ? { ...facts, differences: [], probed: [...(facts.probed ?? []), DIFFERS] }
      : {
          ...facts,
          differences: [],
          stands: irreplaceable(STAYS, { wanted: expected, found }, { ...stored, cure: CURE }),
        };
  },
};

const STAYS = 'a view keeps the columns that it has, in their order, when its query is replaced';
const CURE = 'safeDropView. Or add new columns behind the old ones.';

const CANON: Canon = {
  put: (name, text) => `CREATE TEMPORARY VIEW ${name} AS ${embed(text)}`,
  read: "SELECT c.relname AS name, pg_catalog.pg_get_viewdef(c.oid) AS text FROM pg_catalog.pg_class c WHERE c.relnamespace = pg_catalog.pg_my_temp_schema() AND c.relname IN ('holdfast_wanted', 'holdfast_stored')",
};

/** The columns that the query gives; null when the server cannot tell. */
async function columnsOf(connection: Connection, select: string): Promise<readonly string[] | null> {
  const read = `SELECT ${COLUMNS} AS columns FROM pg_catalog.pg_class c WHERE c.relnamespace = pg_catalog.pg_my_temp_schema() AND c.relname = 'holdfast_wanted'`;
  const rows = await takenBack(connection, [CANON.put('holdfast_wanted', select), read]);
  const columns: unknown = rows?.[0]?.['columns'];
  // A script answers with the host's own parsers: JSON may come as text.
  return typeof columns === 'string'
    ? (JSON.parse(columns) as readonly string[])
    : ((columns ?? null) as readonly string[] | null);
}

function storedOf(row: Row): StoredView {
  return {
    query: String(row['query']),
    columns: (row['columns'] ?? []) as readonly string[],
    dependents: (row['dependents'] ?? []) as readonly string[],
  };
}

function compare(select: string, relation: Relation, row: Row): readonly Difference[] {
  if (relation.kind !== 'v') return [{ path: 'kind', expected: 'view', found: kindOf(relation), proved: true }];
  const options = row['options'];
  if (typeof options === 'string') return [{ path: 'options', expected: 'none', found: options, proved: true }];
  const { query } = storedOf(row);
  return sameExpression(select, query.replace(/;\s*$/, ''))
    ? []
    : [{ path: 'query', expected: select.trim(), found: query.trim(), proved: false }];
}
