/** What an index or a constraint has that makes it no other one, and that no definition tells: comments, CLUSTER, statistics targets. */
import { type ObjectName, quoteName } from '../../names.js';
import { quoteIdent, quoteLiteral, type SqlFragment, sql } from '../../sql.js';

export interface PartMarks {
  /** On the constraint. */
  readonly comment: string | null;
  /** On the index, that of a constraint as well. */
  readonly indexComment: string | null;
  /** CLUSTER goes by it. */
  readonly clustered: boolean;
  /** Statistics targets of its expressions, by their places. */
  readonly targets: readonly { readonly place: number; readonly target: number }[];
}

/** JSON of the marks of the index `i` (pg_index) and its constraint `k`, which may be null. */
export const INDEX_MARKS: SqlFragment = sql`pg_catalog.json_build_object('comment', pg_catalog.obj_description(k.oid, 'pg_constraint'),
  'indexComment', pg_catalog.obj_description(i.indexrelid, 'pg_class'), 'clustered', i.indisclustered,
  'targets', coalesce((select pg_catalog.json_agg(pg_catalog.json_build_object('place', x.attnum, 'target', x.attstattarget) order by x.attnum)
    from pg_catalog.pg_attribute x where x.attrelid = i.indexrelid and x.attstattarget >= 0), '[]'))`;

/** JSON of the marks of the constraint `k` (pg_constraint), which has no index of its own. */
export const CONSTRAINT_MARKS: SqlFragment = sql`pg_catalog.json_build_object('comment', pg_catalog.obj_description(k.oid, 'pg_constraint'),
  'indexComment', null, 'clustered', false, 'targets', '[]'::json)`;

/** Statements that give what is called `name` now the marks. */
export function markStatements(on: ObjectName, name: string, marks: PartMarks): readonly string[] {
  const { comment, indexComment, clustered, targets } = marks;
  const index = quoteName({ schema: on.schema, name });
  return [
    ...(comment === null
      ? []
      : [`COMMENT ON CONSTRAINT ${quoteIdent(name)} ON ${quoteName(on)} IS ${quoteLiteral(comment).trim()}`]),
    ...(indexComment === null ? [] : [`COMMENT ON INDEX ${index} IS ${quoteLiteral(indexComment).trim()}`]),
    ...(clustered ? [`ALTER TABLE ${quoteName(on)} CLUSTER ON ${quoteIdent(name)}`] : []),
    ...targets.map(({ place, target }) => `ALTER INDEX ${index} ALTER COLUMN ${place} SET STATISTICS ${target}`),
  ];
}
