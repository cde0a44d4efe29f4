/** Who may do what: grants, default privileges, policies; and comments. */
import {
  definition,
  found,
  IN_OWN_SCHEMA,
  inSchema,
  onRelation,
  ownerOf,
  ownObject,
  type Part,
  relations,
} from './parts.js';

const ROLE = (oid: string): string =>
  `case ${oid} when 0 then 'PUBLIC' else (select pg_catalog.quote_ident(u.rolname) from pg_catalog.pg_roles u where u.oid = ${oid}) end`;

/** Who may what, as a JSON list. The owner is called so: his name is another one on each server. */
const entries = (acl: string, owner: string): string =>
  `(select pg_catalog.json_agg(pg_catalog.json_build_array(case x.grantee when ${owner} then 'owner' when 0 then 'PUBLIC' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.grantee)) end,
    x.privilege_type, x.is_grantable)) from pg_catalog.aclexplode(${acl}) x)`;

/** For `grantsLine`: what holds now, what such an object has from the start, and all that there is to grant on it. */
const changes = (acl: string, start: string, owner: string, whole = start): string =>
  `pg_catalog.json_build_array(${entries(acl, owner)}, ${entries(start, owner)}, ${entries(whole, owner)})::text`;

const granted = (from: string, key: string, acl: string, start: string, owner: string): string =>
  `select ${key}, ${changes(acl, start, owner)} as definition from ${from} and ${acl} is not null`;

const RELATION_KIND = `'grants on ' || case c.relkind when 'S' then 'sequence' when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table' else 'table' end`;

const GRANTS_ON_RELATIONS = [
  granted(
    relations('rpvmfS'),
    inSchema(RELATION_KIND, 'c.relname', ownerOf('c')),
    'c.relacl',
    `pg_catalog.acldefault(case c.relkind when 'S' then 's' else 'r' end::"char", c.relowner)`,
    'c.relowner',
  ),
  granted(
    `pg_catalog.pg_attribute a join ${relations('rpvmf').replace(' where ', ' on c.oid = a.attrelid where ')} and a.attnum > 0 and not a.attisdropped`,
    onRelation(`'grants on column'`, 'a.attname'),
    'a.attacl',
    'null::aclitem[]',
    'c.relowner',
  ),
];

// What initdb gave to the schema public is another thing since 15.
const GRANT_ON_SCHEMAS = granted(
  `pg_catalog.pg_namespace n where ${IN_OWN_SCHEMA} and ${ownObject('pg_namespace', 'n.oid')}`,
  `'grants on schema' as kind, n.nspname::text as schema, null::text as relation, pg_catalog.quote_ident(n.nspname) as name`,
  'n.nspacl',
  `coalesce((select i.initprivs from pg_catalog.pg_init_privs i where i.classoid = 'pg_catalog.pg_namespace'::regclass and i.objoid = n.oid and i.privtype = 'i'), pg_catalog.acldefault('n', n.nspowner))`,
  'n.nspowner',
);

const GRANT_ON_ROUTINES = granted(
  `pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace where ${IN_OWN_SCHEMA} and ${ownObject('pg_proc', 'p.oid')}`,
  `'grants on ' || case p.prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end as kind, n.nspname::text as schema, null::text as relation,
      pg_catalog.format('%I.%I(%s)', n.nspname, p.proname, pg_catalog.oidvectortypes(p.proargtypes)) as name`,
  'p.proacl',
  `pg_catalog.acldefault('f', p.proowner)`,
  'p.proowner',
);

const GRANT_ON_TYPES = granted(
  `pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace where ${IN_OWN_SCHEMA} and ${ownObject('pg_type', 't.oid')}`,
  inSchema(`'grants on type'`, 't.typname'),
  't.typacl',
  `pg_catalog.acldefault('T', t.typowner)`,
  't.typowner',
);

const DEFAULTS = `pg_catalog.acldefault(case d.defaclobjtype when 'S' then 's' else d.defaclobjtype end, d.defaclrole)`;

// The role that runs migrations has another name on each server.
const DEFAULT_PRIVILEGES = `select 'default privileges' as kind, n.nspname::text as schema, null::text as relation,
  pg_catalog.concat_ws(' ', case d.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions' when 'T' then 'types' when 'n' then 'schemas' else 'large objects' end,
    'in schema ' || pg_catalog.quote_ident(n.nspname), case when d.defaclrole <> (select u.oid from pg_catalog.pg_roles u where u.rolname = current_user) then 'of ' || ${ROLE('d.defaclrole')} end) as name,
  ${changes('d.defaclacl', `case when d.defaclnamespace = 0 then ${DEFAULTS} end`, 'd.defaclrole', DEFAULTS)} as definition
  from pg_catalog.pg_default_acl d left join pg_catalog.pg_namespace n on n.oid = d.defaclnamespace`;

const POLICIES = `select ${onRelation("'policy'", 'p.polname')}, ${definition(
  `case when not p.polpermissive then 'restrictive' end`,
  `'for ' || case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end`,
  `'to ' || (select pg_catalog.string_agg(role, ', ' order by role) from (select ${ROLE('o')} as role from pg_catalog.unnest(p.polroles) o) r)`,
  `'using (' || pg_catalog.pg_get_expr(p.polqual, p.polrelid) || ')'`,
  `'with check (' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) || ')'`,
)} from pg_catalog.pg_policy p join ${relations('rp').replace(' where ', ' on c.oid = p.polrelid where ')}`;

// 16384 is the first oid that is not given out by initdb. A comment of an extension is its own.
const COMMENTS = `select 'comment on ' || i.type as kind, coalesce(pg_catalog.replace(pg_catalog.btrim(i.schema, '"'), '""', '"'), (select n.nspname::text from pg_catalog.pg_class r join pg_catalog.pg_namespace n on n.oid = r.relnamespace where r.oid = coalesce(k.conrelid, g.tgrelid, p.polrelid))) as schema,
  case when d.classoid = 'pg_catalog.pg_class'::regclass then (select r.relname::text from pg_catalog.pg_class r where r.oid = d.objoid)
    else (select r.relname::text from pg_catalog.pg_class r where r.oid = coalesce(k.conrelid, g.tgrelid, p.polrelid)) end as relation,
  i.identity as name, pg_catalog.quote_literal(d.description) as definition
  from pg_catalog.pg_description d cross join lateral pg_catalog.pg_identify_object(d.classoid, d.objoid, d.objsubid) i
  left join pg_catalog.pg_constraint k on d.classoid = 'pg_catalog.pg_constraint'::regclass and k.oid = d.objoid
  left join pg_catalog.pg_trigger g on d.classoid = 'pg_catalog.pg_trigger'::regclass and g.oid = d.objoid
  left join pg_catalog.pg_policy p on d.classoid = 'pg_catalog.pg_policy'::regclass and p.oid = d.objoid
  where d.objoid >= 16384 and d.classoid <> 'pg_catalog.pg_extension'::regclass
    and not exists (select from pg_catalog.pg_depend e where e.classid = d.classoid and e.objid = d.objoid and e.deptype = 'e')
    and (i.schema is null or (i.schema <> 'information_schema' and i.schema !~ '^"?pg_'))
    and (k.contype is null or k.contype <> 'n')`;

export const ACCESS: readonly Part[] = [
  ...found('c.relname', ...GRANTS_ON_RELATIONS, POLICIES),
  ...found('p.proname', GRANT_ON_ROUTINES),
  ...found('t.typname', GRANT_ON_TYPES),
  ...found(null, GRANT_ON_SCHEMAS, DEFAULT_PRIVILEGES, COMMENTS),
];
