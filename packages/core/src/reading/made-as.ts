/** Where a CREATE makes its object: in the schema that it names, or in the first one of the search path; one further down is another. */
import type { ObjectName } from '../names.js';
import { quoteLiteral, type SqlFragment, sql } from '../sql.js';

function schemaOf({ schema }: ObjectName): SqlFragment {
  return sql`(select n.oid from pg_catalog.pg_namespace n where n.nspname = coalesce(${schema ?? null}::name, pg_catalog.current_schema()))`;
}

/** The oid of the relation, of whatever kind, that has the place. */
export function relationMadeAs(name: ObjectName): SqlFragment {
  return sql`select c.oid from pg_catalog.pg_class c where c.relname = ${name.name}::name and c.relnamespace = ${schemaOf(name)}`;
}

export function typeMadeAs(name: ObjectName): SqlFragment {
  return sql`select t.oid from pg_catalog.pg_type t where t.typname = ${name.name}::name and t.typnamespace = ${schemaOf(name)}`;
}

export function statisticsMadeAs(name: ObjectName): SqlFragment {
  return sql`select s.oid from pg_catalog.pg_statistic_ext s where s.stxname = ${name.name}::name and s.stxnamespace = ${schemaOf(name)}`;
}

/** The same in the temporary schema, as text: no parameters stand in a script. */
export function temporary(catalog: 'pg_class' | 'pg_type', name: string): string {
  const [prefix, alias] = catalog === 'pg_class' ? ['rel', 'c'] : ['typ', 't'];
  return `select ${alias}.oid from pg_catalog.${catalog} ${alias} where ${alias}.${prefix}name = ${quoteLiteral(name)}::name and ${alias}.${prefix}namespace = pg_catalog.pg_my_temp_schema()`;
}
