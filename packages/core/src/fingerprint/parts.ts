/**
 * What the statements of a fingerprint are put together from. Each answers rows of five columns, all text: `kind` and `name` (quoted where
 * it must be) make the key, `schema` and `relation` (bare, or null) tell where the object lives, `definition` is everything else about it.
 */

/** One statement of a fingerprint. It ends with its condition. */
export interface Part {
  readonly text: string;
  /** The column whose name is a part of each key that it answers: by it single objects are found. Null: all of them are looked at. */
  readonly by: string | null;
}

/** Parts that are found by one column. */
export const found = (by: string | null, ...texts: readonly string[]): readonly Part[] =>
  texts.map((text) => ({ text, by }));

/** `n` of pg_namespace is none of the server's own. */
export const IN_OWN_SCHEMA = `n.nspname <> 'information_schema' and n.nspname !~ '^pg_'`;

/** Not a member of an extension. Members are few, and found by what they belong to: there is an index for that. */
export const ownObject = (catalog: string, oid: string): string =>
  `not exists (select from pg_catalog.pg_depend e where e.refclassid = 'pg_catalog.pg_extension'::regclass and e.classid = 'pg_catalog.${catalog}'::regclass and e.objid = ${oid} and e.deptype = 'e')`;

/** `c` of pg_class with `n` of pg_namespace: the users' relations of these kinds. */
export const relations = (kinds: string): string =>
  `pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind in (${[...kinds].map((kind) => `'${kind}'`).join(', ')}) and ${IN_OWN_SCHEMA} and ${ownObject('pg_class', 'c.oid')}`;

/** The key columns of something on a relation `c` in `n`: `public.users.users_email_check`. */
export const onRelation = (kind: string, name: string): string =>
  `${kind} as kind, n.nspname::text as schema, c.relname::text as relation, pg_catalog.format('%I.%I.%I', n.nspname, c.relname, ${name}) as name`;

/** The key columns of something in a schema `n`. */
export const inSchema = (kind: string, name: string, relation = 'null::text'): string =>
  `${kind} as kind, n.nspname::text as schema, ${relation} as relation, pg_catalog.format('%I.%I', n.nspname, ${name}) as name`;

/** The key columns of something outside of all schemas. */
export const global = (kind: string, name: string): string =>
  `${kind} as kind, null::text as schema, null::text as relation, pg_catalog.quote_ident(${name}) as name`;

/** Parts joined by a blank, those that are null left out. */
export const definition = (...parts: readonly string[]): string =>
  `pg_catalog.concat_ws(' ', ${parts.join(', ')}) as definition`;

/** `with (fillfactor=70)` of a text array, or null. */
export const options = (words: string, array: string): string =>
  `'${words} (' || case when ${array} is not null then (select pg_catalog.string_agg(o, ', ' order by o) from pg_catalog.unnest(${array}) o) end || ')'`;

/** `public.users` of the oid of a relation. */
export const relationName = (oid: string): string =>
  `(select pg_catalog.format('%I.%I', home.nspname, rel.relname) from pg_catalog.pg_class rel join pg_catalog.pg_namespace home on home.oid = rel.relnamespace where rel.oid = ${oid})`;

/** Sixteen hexadecimal digits that stand for a text too long to show. */
export const digest = (text: string): string =>
  `'#' || pg_catalog.left(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(${text}, 'UTF8')), 'hex'), 16)`;

/** `ENABLE REPLICA` and the like; null for the default. */
export const firing = (column: string): string =>
  `case ${column} when 'D' then 'disabled' when 'R' then 'enabled for replica' when 'A' then 'enabled always' end`;

/** The table that the sequence `c` belongs to; the relation itself where it belongs to none. */
export const ownerOf = (c: string): string =>
  `coalesce((select r.relname::text from pg_catalog.pg_depend w join pg_catalog.pg_class r on r.oid = w.refobjid
    where ${c}.relkind = 'S' and w.classid = 'pg_catalog.pg_class'::regclass and w.objid = ${c}.oid and w.refclassid = 'pg_catalog.pg_class'::regclass and w.deptype in ('a', 'i')), ${c}.relname::text)`;
