/**
 * The two shapes of operations on schema objects: make what is absent and compare what is there; drop what nothing depends on.
 * Neither has steps in between, so their state is one word.
 */
import {
  CATALOG,
  type Facts,
  list,
  type Parent,
  type Refusal,
  refuseDependents,
  type SqlStep,
} from '../engine/operation.js';
import { type ObjectName, printName } from '../names.js';
import type { Row } from '../postgres/connection.js';
import { type SqlFragment, sql } from '../sql.js';

export type ObjectState = { readonly object: 'absent' | 'present' };

type Statement = Pick<SqlStep<Facts>, 'sql' | 'why' | 'locks'>;

/** The step that makes an object. */
export function creation<F extends Facts<ObjectState>>(statement: Statement): SqlStep<F> {
  return {
    kind: 'sql',
    id: 'create',
    ...statement,
    work: CATALOG,
    commit: 'own',
    after: () => ({ object: 'present' }),
  };
}

/** The step that puts another definition in the place of the one that `prove` found to differ. */
export function replacement<F extends Facts<ObjectState>>(statement: Statement): SqlStep<F> {
  return { ...creation<F>(statement), id: 'replace', remembered: true };
}

/** What `prove` adds to `probed` when the two definitions differ and the new one may take the place of the old one. */
export const DIFFERS = 'differs';

/** Has `prove` asked for a replacement that was not done yet? */
export function asksReplacement({ probed = [] }: Facts): boolean {
  return probed.includes(DIFFERS) && !probed.includes('replace');
}

export interface DropFacts extends Facts<ObjectState> {
  /** The server would not drop the object because of these. */
  readonly dependents: readonly string[];
}

/** The next step of a drop: none when it is gone, a refusal that names what depends on it, or the statement. */
export function removal<F extends DropFacts>(facts: F, statement: Statement): SqlStep<F> | Refusal | null {
  if (facts.state.object === 'absent') return null;
  if (facts.dependents.length > 0) return refuseDependents(facts.dependents);
  return { kind: 'sql', id: 'drop', ...statement, work: CATALOG, commit: 'own', after: () => ({ object: 'absent' }) };
}

/** The refusal of a replacement that the server does not know: `stays` says what it leaves as it is, `cure` what to do after a drop. */
export function irreplaceable(
  stays: string,
  sides: { readonly wanted: string; readonly found: string },
  { dependents: names, cure }: { readonly dependents: readonly string[]; readonly cure: string },
): Refusal {
  return {
    refuse: `${stays}.\n  wanted: ${sides.wanted}\n  found:  ${sides.found}${names.length === 0 ? '' : `\nThese depend on it:\n${list(names)}`}`,
    hint: `Drop it first, in an operation of its own, and what depends on it before: ${cure}`,
    ...(names.length === 0 ? {} : { dependents: names }),
  };
}

/**
 * JSON list of what keeps the server from dropping the object `oid` of a system catalog, as the server describes it; null when nothing
 * does. What goes along with it without being asked about (its row type, its rules, the members of an extension) is not in the list,
 * but what depends on that is. Members of extensions are left out as well: their extension stands for them.
 */
export function dependents(catalog: string, oid: string): SqlFragment {
  return sql`(with recursive going (classid, objid) as (
      select ${sql.raw(`'pg_catalog.${catalog}'::regclass::oid`)}, ${sql.raw(oid)}
      union select p.classid, p.objid from going g join pg_catalog.pg_depend p on p.refclassid = g.classid and p.refobjid = g.objid
        where p.deptype in ('a', 'i', 'e', 'x', 'P', 'S'))
    select pg_catalog.json_agg(distinct case
        when r.oid is not null then pg_catalog.pg_describe_object('pg_catalog.pg_class'::regclass, r.ev_class, 0)
        when e.oid is not null then pg_catalog.pg_describe_object('pg_catalog.pg_class'::regclass, e.adrelid, e.adnum)
        else pg_catalog.pg_describe_object(p.classid, p.objid, p.objsubid) end)
    from going g join pg_catalog.pg_depend p on p.refclassid = g.classid and p.refobjid = g.objid and p.deptype = 'n'
    left join pg_catalog.pg_rewrite r on p.classid = 'pg_catalog.pg_rewrite'::regclass and r.oid = p.objid
    left join pg_catalog.pg_attrdef e on p.classid = 'pg_catalog.pg_attrdef'::regclass and e.oid = p.objid
    where not exists (select from going x where x.classid = p.classid and x.objid = p.objid)
      and not exists (select from pg_catalog.pg_depend m where m.classid = p.classid and m.objid = p.objid and m.deptype = 'e'))`;
}

/** Every kind of relation: they share their names within a schema. */
export const ANY_RELATION = 'rpvmfSiIct';

/** Column `home` of an inspection: the schema in which an object of that name would be made; null when it does not exist. */
export function homeOf(name: ObjectName): SqlFragment {
  return sql`(select h.nspname from pg_catalog.pg_namespace h where h.nspname = coalesce(${name.schema ?? null}::name, pg_catalog.current_schema())) as home`;
}

/** The name of an object that does not exist yet, and its schema where that is missing. Reads `home`. */
export function placeOf(
  row: Row,
  name: ObjectName,
): { readonly name: ObjectName; readonly missing: readonly Parent[] } {
  const home = row['home'];
  return typeof home === 'string'
    ? { name: { schema: home, name: name.name }, missing: [] }
    : { name, missing: [{ kind: 'schema', name: name.schema ?? 'on the search_path' }] };
}

/** Both names under which later operations may ask for it: as it was written, and with its schema. */
export function bothNames(kind: Parent['kind'], names: readonly ObjectName[]): readonly Parent[] {
  return names.map((name) => ({ kind, name: printName(name) }));
}

/** Is `g` of pg_trigger one that somebody has made? Before 15 its copies on partitions count as internal, as those of foreign keys do. */
export const MADE_TRIGGER = sql`(not g.tgisinternal or (g.tgparentid <> 0 and not pg_catalog.starts_with(g.tgname::text, 'RI_ConstraintTrigger_')))`;
