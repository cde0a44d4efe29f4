/**
 * Two columns of one table that a trigger keeps in step: what an expansion has made, and its contraction takes away.
 *
 * All that is known of the pair stands in the first line of the trigger's function, so that every later phase, in a migration of its own,
 * finds it there and nobody has to repeat it.
 */

import { shortName } from '../../catalog/generated-names.js';
import { type ObjectName, quoteName } from '../../names.js';
import { quoteIdent, quoteLiteral, type SqlFragment, sql } from '../../sql.js';

export interface Pairing {
  /** `type`: the following column has what becomes of the leading one's values. `name`: both hold the same, and either may be written. */
  readonly kind: 'type' | 'name';
  /** The column that applications write, and that its default and keys belong to. */
  readonly leading: string;
  readonly following: string;
  /** SQL expression over the table's columns: the following value. */
  readonly forward: string;
  /** The way back, for the time when the columns have changed places. */
  readonly backward: string;
  /** The columns have changed places: `forward` is what was `backward`. */
  readonly turned: boolean;
  /** On the way here no value may become NULL, since no expression of the caller says so. On the way back none may in any case. */
  readonly keeps: boolean;
}

/** A pair as the catalog has it. */
export interface StoredPair extends Pairing {
  readonly trigger: string;
  readonly function: ObjectName;
  /** The function and the trigger are word for word what Holdfast has written, and the trigger fires. */
  readonly intact: boolean;
}

const MARK = '-- holdfast ';
/** Triggers fire in the order of their names: what the others make of the leading column must be there already. */
const TRIGGER = 'zz_holdfast_sync_';
/** pg_trigger.tgtype: for each row, before INSERT and UPDATE. */
const BEFORE_ROW_INSERT_UPDATE = 1 + 2 + 4 + 16;

/** JSON list of the pairs of the table `c` (pg_class), for `readPairs`. */
export const PAIRS: SqlFragment = sql`(select pg_catalog.json_agg(pg_catalog.json_build_object('trigger', g.tgname, 'source', p.prosrc,
      'schema', n.nspname, 'name', p.proname, 'fires', g.tgenabled = 'O' and g.tgtype = ${BEFORE_ROW_INSERT_UPDATE}::int2 and g.tgqual is null and g.tgattr::text = '') order by g.tgname)
    from pg_catalog.pg_trigger g join pg_catalog.pg_proc p on p.oid = g.tgfoid join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where g.tgrelid = c.oid and not g.tgisinternal and pg_catalog.starts_with(g.tgname::text, ${TRIGGER}))`;

/** JSON list of the triggers of the table `c` that may change a row after the trigger of a pair on `column`; those of other pairs do not. */
export function laterTriggers(column: string): SqlFragment {
  return sql`(select pg_catalog.json_agg(g.tgname order by g.tgname) from pg_catalog.pg_trigger g where g.tgrelid = c.oid and not g.tgisinternal
    and (g.tgtype & 3) = 3 and (g.tgtype & 20) > 0 and g.tgname::text collate "C" > ${triggerName(column)}
    and not pg_catalog.starts_with(g.tgname::text, ${TRIGGER}))`;
}

/**
 * What holds the name of the function that a pair on `column` would have in the schema of the table `c`; null when nothing does. `left over`:
 * one of Holdfast's that no trigger calls, as DROP TABLE leaves it.
 */
export function functionState(table: string, column: string): SqlFragment {
  return sql`(select case when pg_catalog.starts_with(p.prosrc, ${MARK}) and not exists (select from pg_catalog.pg_trigger g where g.tgfoid = p.oid) then 'left over' else 'taken' end
    from pg_catalog.pg_proc p where p.pronamespace = c.relnamespace and p.pronargs = 0 and p.proname = ${functionName({ schema: undefined, name: table }, column).name}::name)`;
}

export function readPairs(json: unknown): readonly StoredPair[] {
  const rows = (json ?? []) as readonly {
    trigger: string;
    source: string;
    schema: string;
    name: string;
    fires: boolean;
  }[];
  return rows.flatMap(({ trigger, source, schema, name, fires }) => {
    const pairing = readMark(source);
    if (pairing === null) return [];
    const intact = fires && source === printSource(pairing);
    return [{ ...pairing, trigger, function: { schema, name }, intact }];
  });
}

function readMark(source: string): Pairing | null {
  const [first = ''] = source.split('\n', 1);
  return first.startsWith(MARK) ? (JSON.parse(first.slice(MARK.length)) as Pairing) : null;
}

/** The statements that make the function and its trigger. `column` is the one that the pair was made for, by whatever name it leads. */
export function createPair(
  table: ObjectName,
  column: string,
  { pairing, replace }: { readonly pairing: Pairing; readonly replace: boolean },
): readonly string[] {
  const named = functionName(table, column);
  return [
    writeFunction(named, pairing, replace ? 'CREATE OR REPLACE' : 'CREATE'),
    `CREATE TRIGGER ${quoteIdent(triggerName(column))} BEFORE INSERT OR UPDATE ON ${quoteName(table)} FOR EACH ROW EXECUTE FUNCTION ${quoteName(named)}()`,
  ];
}

/** The same trigger, the other way round. */
export function turnPair({ function: named, ...pair }: StoredPair): string {
  const { kind, leading, following, forward, backward, turned, keeps } = pair;
  const turn = { kind, leading, following, forward: backward, backward: forward, turned: !turned, keeps };
  return writeFunction(named, turn, 'CREATE OR REPLACE');
}

export function dropPair(table: ObjectName, { trigger, function: named }: StoredPair): readonly string[] {
  return [`DROP TRIGGER ${quoteIdent(trigger)} ON ${quoteName(table)}`, `DROP FUNCTION ${quoteName(named)}()`];
}

/** The search path is that of whoever writes the migration: the expressions must mean the same for every writer. */
function writeFunction(named: ObjectName, pairing: Pairing, verb: string): string {
  const body = quoteLiteral(printSource(pairing)).trim();
  return `${verb} FUNCTION ${quoteName(named)}() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS ${body}`;
}

function triggerName(column: string): string {
  return shortName(`${TRIGGER}${column}`);
}

/** Of the trigger's function. */
export function functionName(table: ObjectName, column: string): ObjectName {
  return { schema: table.schema, name: shortName(`holdfast_sync_${table.name}_${column}`) };
}

const IN_STEP = 'holdfast_in_step_';

/** Name of the check that proves the pair to be in step in every row. */
export function inStepName(table: string, following: string): string {
  return shortName(`${IN_STEP}${table}_${following}`);
}

/** JSON list of such checks on the column `b` of the table `c`, whatever that was called when they were made. */
export const PROOFS: SqlFragment = sql`(select pg_catalog.json_agg(pg_catalog.json_build_object('name', k.conname, 'valid', k.convalidated) order by k.conname)
    from pg_catalog.pg_constraint k where k.conrelid = c.oid and k.contype = 'c' and pg_catalog.starts_with(k.conname::text, ${IN_STEP}) and b.attnum = any(k.conkey))`;

/** Holds for the rows whose value the other column cannot hold; null where there can be none, or the caller has said what becomes of them. */
export function lostBy({ kind, leading, forward, turned, keeps }: Pairing): string | null {
  return kind === 'type' && (turned || keeps) ? `${quoteIdent(leading)} IS NOT NULL AND (${forward}) IS NULL` : null;
}

/** What the check says: the columns are in step, and no value is lost on the way. */
export function proof(pairing: Pairing): string {
  const lost = lostBy(pairing);
  return lost === null ? inStep(pairing) : `${inStep(pairing)} AND NOT (${lost})`;
}

/** Compared by their bytes: `=` takes texts for the same that are not, and some types have none. */
export function inStep({ following, forward }: Pick<Pairing, 'following' | 'forward'>): string {
  return `pg_catalog.record_image_eq(ROW(${quoteIdent(following)}), ROW(${forward}))`;
}

/** Body of the trigger's function. */
function printSource(pairing: Pairing): string {
  const mark = `${MARK}${JSON.stringify(pairing)}`;
  const steps = pairing.kind === 'type' ? follow(pairing) : followEither(pairing);
  // A column may be called like a variable of the language, such as found.
  return `${mark}\n#variable_conflict use_column\nBEGIN\n${steps.map((line) => `  ${line}\n`).join('')}  RETURN NEW;\nEND`;
}

/**
 * Nobody writes the following column by itself: a value in it comes from an INSERT without a list of columns, whose order changes when they
 * change places. An UPDATE may be that of a foreign key's action.
 */
function follow({ leading, following, forward }: Pairing): readonly string[] {
  const value = `NEW.${quoteIdent(following)}`;
  const message = quoteLiteral(`column ${following} follows ${leading} and is not written by itself`).trim();
  return [
    `IF TG_OP = 'INSERT' AND ${value} IS NOT NULL AND NOT (SELECT ${inStep({ following, forward })} FROM (SELECT NEW.*) holdfast_row) THEN`,
    `  RAISE EXCEPTION USING MESSAGE = ${message}, HINT = 'Name the columns in the INSERT: their order has changed.';`,
    'END IF;',
    `${value} := (SELECT ${forward} FROM (SELECT NEW.*) holdfast_row);`,
  ];
}

/** Either name may be written. On INSERT the following one has no default, so that a value in it was put there. */
function followEither({ leading, following }: Pairing): readonly string[] {
  const [first, second] = [`NEW.${quoteIdent(leading)}`, `NEW.${quoteIdent(following)}`];
  const before = `OLD.${quoteIdent(following)}`;
  return [
    "IF TG_OP = 'INSERT' THEN",
    `  IF ${second} IS NOT NULL THEN ${first} := ${second}; ELSE ${second} := ${first}; END IF;`,
    `ELSIF pg_catalog.record_image_ne(ROW(${second}), ROW(${before})) THEN`,
    `  ${first} := ${second};`,
    'ELSE',
    `  ${second} := ${first};`,
    'END IF;',
  ];
}
