/** Does an expression mean the same in every session? Asked of the server's own reading of it, on a copy that is taken back. */
import { sqlState } from '../engine/translate.js';
import { type ObjectName, quoteName } from '../names.js';
import type { Connection } from '../postgres/connection.js';
import { quoteIdent, quoteLiteral } from '../sql.js';
import { SHADOW, takenBack } from './canonical.js';

/** Nobody may make temporary tables here (42501), or nothing at all (25006): the names of its functions must do. */
const UNABLE = /^(42501|25006)/;
const TURNED = 'pg_temp.holdfast_turned';

/** The text of these, and of arrays and ranges of them, hangs on DateStyle, IntervalStyle, TimeZone, extra_float_digits, bytea_output, lc_monetary. */
const PRINTED_BY_SETTINGS = 'float4 float8 interval bytea money date timestamp timestamptz';
/** What a text becomes in these hangs on the same settings. */
const READ_BY_SETTINGS = 'date timestamp timestamptz timetz interval money';

/** Two expressions over the rows of a table: `backward` over those in which `column` holds the value of `forward`. */
export interface WayAndBack {
  readonly column: string;
  /** The table's other columns. */
  readonly others: readonly string[];
  readonly forward: string;
  readonly backward: string;
}

/**
 * `changing`: a function, an operator or a cast of the two is not IMMUTABLE, or a cast goes by way of a text that the session's settings
 * have a say in. `subquery`: one reads other rows, which no check can prove. Undefined where neither is so, or it cannot be asked.
 */
export async function unsteadiness(
  connection: Connection,
  table: ObjectName,
  { column, others, forward, backward }: WayAndBack,
): Promise<'changing' | 'subquery' | undefined> {
  const selected = [...others.map(quoteIdent), `${forward} AS ${quoteIdent(column)}`].join(', ');
  const check = (on: string, text: string): string => `ALTER TABLE ${on} ADD CHECK ((${text}) IS NOT NULL)`;
  try {
    const rows = await takenBack(
      connection,
      [
        `CREATE TEMPORARY TABLE holdfast_shadow (LIKE ${quoteName(table)}) ON COMMIT DROP`,
        check(SHADOW, forward),
        `CREATE TEMPORARY TABLE holdfast_turned ON COMMIT DROP AS SELECT ${selected} FROM ${SHADOW} WITH NO DATA`,
        check(TURNED, backward),
        CHANGING,
      ],
      UNABLE,
    );
    return rows?.[0]?.['changing'] === true ? 'changing' : undefined;
  } catch (error) {
    if (sqlState(error) === '0A000') return 'subquery';
    throw error;
  }
}

/** Is a type that `pattern` finds in the tree one of `names`, an array or a range of one? */
function finds(pattern: string, names: string): string {
  const list = names.split(' ').map((name) => quoteLiteral(name).trim());
  return `EXISTS (SELECT FROM tree CROSS JOIN LATERAL pg_catalog.regexp_matches(tree.tree, '${pattern}', 'g') AS found
    JOIN pg_catalog.pg_type t ON t.oid = found[1]::oid LEFT JOIN pg_catalog.pg_range r ON r.rngtypid = t.oid
    JOIN pg_catalog.pg_type e ON e.oid IN (t.oid, t.typelem, t.typbasetype, r.rngsubtype) WHERE e.typname IN (${list.join(', ')}))`;
}

/** Does it call one of these? */
function calls(condition: string): string {
  return `EXISTS (SELECT FROM tree CROSS JOIN LATERAL pg_catalog.regexp_matches(tree.tree, ':(?:func|opfunc)id ([0-9]+)', 'g') AS found
    JOIN pg_catalog.pg_proc p ON p.oid = found[1]::oid WHERE ${condition})`;
}

// `||` of a text with anything else: as steady as the text of that.
const APPENDS = "p.pronamespace = 'pg_catalog'::regnamespace AND p.proname IN ('textanycat', 'anytextcat')";

// Nodes as nodeToString prints them (outfuncs.c). The first type in the argument of a cast is that of its value; the first quantifier makes
// the whole pattern lazy.
const CHANGING = `WITH tree AS (SELECT k.conbin::text AS tree FROM pg_catalog.pg_constraint k
    WHERE k.contype = 'c' AND k.conrelid IN ('${SHADOW}'::regclass, '${TURNED}'::regclass))
  SELECT ${calls(`p.provolatile <> 'i' AND NOT (${APPENDS})`)}
    OR (${calls(APPENDS)} AND ${finds(':[a-z]*type ([0-9]+)', PRINTED_BY_SETTINGS)})
    OR ${finds('[{]COERCEVIAIO :arg [{][A-Z]+? [^{}]*?:[a-z]*type ([0-9]+) ', PRINTED_BY_SETTINGS)}
    OR ${finds(':resulttype ([0-9]+) :resultcollid [0-9]+ :coerceformat', READ_BY_SETTINGS)} AS changing`;
