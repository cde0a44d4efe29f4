/**
 * Judges by a twin: the wanted object is made in the temporary schema, both are read from the same catalogs, and the twin is taken back.
 * For objects whose definition nobody else takes apart: what the server makes of the text is the only measure.
 */
import { takenBack } from '../catalog/canonical.js';
import { SERVER } from '../catalog/relation.js';
import { CATALOG, type Child, child, type Facts, type Operation, type Work } from '../engine/operation.js';
import type { Difference } from '../outcome.js';
import { inlineSql, quoteIdent, quoteLiteral, type SqlFragment, sql } from '../sql.js';

export interface TwinRequest {
  /** For people. */
  readonly target: string;
  /** The statement. */
  readonly text: string;
  /** Query: the oid of what has the name, be it what it may. */
  readonly object: SqlFragment;
  /** The object has no name: `object` answers all that may be it, and when none is, it is absent. */
  readonly among?: true;
  /** Statements that make the twin. */
  readonly make: readonly string[];
  /** SQL expression: the oid of the twin. */
  readonly twin: string;
  /** SQL expression over `o.oid`: what is compared, a JSON object of texts. */
  readonly print: string;
  /** What the statement works through. Default: the catalog alone. */
  readonly work?: Work;
  /** What the twin cannot have as the wanted object has it: a temporary table is never unlogged. */
  readonly expect?: Properties;
}

type Properties = Readonly<Record<string, string | null>>;

interface TwinFacts extends Facts<{ readonly object: 'absent' | 'present' }> {
  readonly stored: readonly Properties[];
}

const twin: Operation<TwinRequest, TwinFacts> = {
  name: 'twin',

  async inspect(reader, { target, text, object, print }) {
    const { rows } = await reader.read(
      sql`select ${SERVER}, (select pg_catalog.json_agg(${sql.raw(print)})::text from (${object}) o (oid)) as printed`,
    );
    const printed = rows[0]?.['printed'];
    const stored = typeof printed === 'string' ? (JSON.parse(printed) as readonly Properties[]) : [];
    const there = stored.length > 0;
    return {
      target,
      state: { object: there ? 'present' : 'absent' },
      begun: false,
      differences: there ? [unknown(text)] : [],
      missing: [],
      stored,
    };
  },

  next({ state }, { text, work = CATALOG }) {
    if (state.object === 'present') return null;
    return {
      kind: 'sql',
      id: 'statement',
      why: text,
      sql: text,
      locks: [],
      work,
      commit: 'own',
      after: () => ({ object: 'present' }),
    };
  },

  async prove(connection, facts, { make, twin: oid, print, expect = {}, among }) {
    const rows = await takenBack(connection, [
      ...make,
      `SELECT (${print})::text AS printed FROM (SELECT (${oid})::oid AS oid) o`,
    ]);
    const printed = rows?.[0]?.['printed'];
    if (typeof printed !== 'string') return facts;
    const wanted = { ...(JSON.parse(printed) as Properties), ...expect };
    const differences = facts.stored.map((stored) => compare(wanted, stored));
    if (differences.some((each) => each.length === 0)) return { ...facts, differences: [] };
    return among === true
      ? { ...facts, state: { object: 'absent' }, differences: [] }
      : { ...facts, differences: differences.flat() };
  },
};

function compare(wanted: Properties, stored: Properties): readonly Difference[] {
  return Object.entries(wanted)
    .filter(([path, expected]) => expected !== (stored[path] ?? null))
    .map(([path, expected]) => ({
      path,
      expected: expected ?? 'none',
      found: stored[path] ?? 'none',
      proved: PROVED.has(path),
    }));
}

/** Printed alike when they are alike; of an expression or a generated name the server may print the same in two ways. */
const PROVED: ReadonlySet<string> = new Set(['kind', 'persistence', 'columns', 'type', 'options', 'partitioned by']);

function unknown(text: string): Difference {
  return { path: 'definition', expected: text, found: 'one that cannot be compared', proved: false };
}

export function asTwin(request: TwinRequest): Child {
  return child(twin, request);
}

/** The name of the twin: the same in the temporary schema, so that names that the server derives from it are the same. */
export function inTemporary(name: string): string {
  return `pg_temp.${quoteIdent(name)}`;
}

/** A statement whose end only the catalog knows: `tail`, an SQL expression, is looked up when it runs. */
export function withTail(head: string, tail: SqlFragment): string {
  return `DO ${quoteLiteral(`BEGIN EXECUTE ${quoteLiteral(head)} || ${inlineSql(tail)}; END`).trim()}`;
}
