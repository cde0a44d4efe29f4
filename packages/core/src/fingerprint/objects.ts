/** Schemas, extensions, types, routines, triggers, rules, and what is rare. */
import {
  definition,
  digest,
  firing,
  found,
  global,
  IN_OWN_SCHEMA,
  inSchema,
  onRelation,
  options,
  ownObject,
  type Part,
  relationName,
  relations,
} from './parts.js';

// Every database has public and plpgsql from the start; the version of an extension is the server's affair.
const NAMESPACES = `select 'schema' as kind, n.nspname::text as schema, null::text as relation, pg_catalog.quote_ident(n.nspname) as name, '' as definition
  from pg_catalog.pg_namespace n where ${IN_OWN_SCHEMA} and n.nspname <> 'public' and ${ownObject('pg_namespace', 'n.oid')}`;

const EXTENSIONS = `select ${global("'extension'", 'e.extname')}, ${definition(
  `pg_catalog.format('in %I', n.nspname)`,
)} from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace where e.extname <> 'plpgsql'`;

const COLLATED = (type: string, collation: string): string =>
  `(select pg_catalog.format('collate %I.%I', o.nspname, l.collname) from pg_catalog.pg_collation l join pg_catalog.pg_namespace o on o.oid = l.collnamespace
    where l.oid = ${collation} and l.oid <> (select b.typcollation from pg_catalog.pg_type b where b.oid = ${type}))`;

const TYPES = `select ${inSchema(
  `case t.typtype when 'e' then 'enum' when 'd' then 'domain' when 'c' then 'composite type' when 'r' then 'range type' else 'base type' end`,
  't.typname',
)}, ${definition(
  `case t.typtype when 'e' then (select pg_catalog.string_agg(pg_catalog.quote_literal(v.enumlabel), ', ' order by v.enumsortorder) from pg_catalog.pg_enum v where v.enumtypid = t.oid)
    when 'd' then pg_catalog.concat_ws(' ', pg_catalog.format_type(t.typbasetype, t.typtypmod), ${COLLATED('t.typbasetype', 't.typcollation')},
      case when t.typnotnull then 'not null' end, 'default ' || coalesce(pg_catalog.pg_get_expr(t.typdefaultbin, 0), t.typdefault))
    when 'c' then (select pg_catalog.string_agg(pg_catalog.concat_ws(' ', pg_catalog.quote_ident(a.attname), pg_catalog.format_type(a.atttypid, a.atttypmod), ${COLLATED('a.atttypid', 'a.attcollation')}), ', ' order by a.attnum)
      from pg_catalog.pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped)
    when 'r' then (select pg_catalog.concat_ws(' ', 'of', pg_catalog.format_type(r.rngsubtype, null), ${COLLATED('r.rngsubtype', 'r.rngcollation')},
      (select pg_catalog.format('operator class %I', oc.opcname) from pg_catalog.pg_opclass oc where oc.oid = r.rngsubopc and not oc.opcdefault),
      'canonical ' || nullif(r.rngcanonical::oid, 0)::regproc, 'difference ' || nullif(r.rngsubdiff::oid, 0)::regproc) from pg_catalog.pg_range r where r.rngtypid = t.oid) end`,
)} from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
  where ${IN_OWN_SCHEMA} and t.typtype in ('e', 'd', 'c', 'r', 'b') and ${ownObject('pg_type', 't.oid')}
    and (t.typtype <> 'c' or exists (select from pg_catalog.pg_class c where c.oid = t.typrelid and c.relkind = 'c'))
    and (t.typtype <> 'b' or (t.typcategory <> 'A' and t.typisdefined))`;

const DOMAIN_CONSTRAINTS = `select 'domain constraint' as kind, n.nspname::text as schema, null::text as relation,
  pg_catalog.format('%I.%I.%I', n.nspname, t.typname, k.conname) as name, pg_catalog.pg_get_constraintdef(k.oid) as definition
  from pg_catalog.pg_constraint k join pg_catalog.pg_type t on t.oid = k.contypid join pg_catalog.pg_namespace n on n.oid = t.typnamespace
  where k.contype = 'c' and ${IN_OWN_SCHEMA} and ${ownObject('pg_type', 't.oid')}`;

// An aggregate has no text of its own: its parts, by name.
const AGGREGATE = `(select pg_catalog.concat_ws(' ', 'kind', g.aggkind, g.aggnumdirectargs, 'transition', g.aggtransfn, pg_catalog.format_type(g.aggtranstype, null), 'final', g.aggfinalfn, g.aggfinalextra, g.aggfinalmodify,
    'combine', g.aggcombinefn, g.aggserialfn, g.aggdeserialfn, 'moving', g.aggmtransfn, g.aggminvtransfn, g.aggmfinalfn, g.aggsortop::regoperator, 'start', pg_catalog.quote_nullable(g.agginitval), pg_catalog.quote_nullable(g.aggminitval), p.proparallel)
  from pg_catalog.pg_aggregate g where g.aggfnoid = p.oid)`;

// Until 13 the arguments of a procedure are printed without IN.
const ROUTINES = `select case p.prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end as kind, n.nspname::text as schema, null::text as relation,
  pg_catalog.format('%I.%I(%s)', n.nspname, p.proname, pg_catalog.oidvectortypes(p.proargtypes)) as name, ${definition(
    `case when p.prokind <> 'p' then 'returns ' || pg_catalog.pg_get_function_result(p.oid) end`,
    `(select l.lanname from pg_catalog.pg_language l where l.oid = p.prolang and p.prokind <> 'a')`,
    `case when p.prokind <> 'a' then case p.provolatile when 'i' then 'immutable' when 's' then 'stable' end end`,
    `case when p.prosecdef then 'security definer' end`,
    options('set', 'p.proconfig'),
    digest(`case p.prokind when 'a' then ${AGGREGATE} when 'p' then pg_catalog.regexp_replace(pg_catalog.pg_get_functiondef(p.oid), '([(,] ?)IN ', '\\1', 'g')
      else pg_catalog.pg_get_functiondef(p.oid) end`),
  )} from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace where ${IN_OWN_SCHEMA} and ${ownObject('pg_proc', 'p.oid')}
    and not exists (select from pg_catalog.pg_depend i where i.classid = 'pg_catalog.pg_proc'::regclass and i.objid = p.oid and i.deptype = 'i')`;

// The copies of a trigger on the partitions of its table are named only where they fire otherwise.
const TRIGGERS = `select ${onRelation("'trigger'", 'g.tgname')}, ${definition(
  `pg_catalog.replace(pg_catalog.pg_get_triggerdef(g.oid), pg_catalog.format('TRIGGER %I ', g.tgname), 'TRIGGER ')`,
  firing('g.tgenabled'),
)} from pg_catalog.pg_trigger g join ${relations('rpvf').replace(' where ', ' on c.oid = g.tgrelid where ')} and (g.tgparentid <> 0 or not g.tgisinternal)
  and not exists (select from pg_catalog.pg_trigger p where p.oid = g.tgparentid and (p.tgenabled = g.tgenabled or p.tgisinternal))`;

const RULES = `select ${onRelation("'rule'", 'r.rulename')}, ${definition(
  `pg_catalog.pg_get_ruledef(r.oid)`,
  firing('r.ev_enabled'),
)} from pg_catalog.pg_rewrite r join ${relations('rpvf').replace(' where ', ' on c.oid = r.ev_class where ')} and r.rulename <> '_RETURN'`;

const EVENT_TRIGGERS = `select 'event trigger' as kind, n.nspname::text as schema, null::text as relation, pg_catalog.quote_ident(v.evtname) as name, ${definition(
  `'on ' || v.evtevent`,
  options('tags', 'v.evttags'),
  `pg_catalog.format('execute %I.%I()', n.nspname, p.proname)`,
  firing('v.evtenabled'),
)} from pg_catalog.pg_event_trigger v join pg_catalog.pg_proc p on p.oid = v.evtfoid join pg_catalog.pg_namespace n on n.oid = p.pronamespace where ${ownObject('pg_event_trigger', 'v.oid')}`;

const STATISTICS = `select ${inSchema("'statistics'", 'x.stxname')}, ${definition(
  `pg_catalog.replace(pg_catalog.pg_get_statisticsobjdef(x.oid), pg_catalog.format('STATISTICS %I.%I ', n.nspname, x.stxname), '')`,
  `'target ' || nullif(x.stxstattarget, -1)`,
)} from pg_catalog.pg_statistic_ext x join pg_catalog.pg_namespace n on n.oid = x.stxnamespace where ${IN_OWN_SCHEMA} and ${ownObject('pg_statistic_ext', 'x.oid')}`;

const PUBLICATIONS = `select ${global("'publication'", 'p.pubname')}, ${definition(
  `case when p.puballtables then 'for all tables' end`,
  `'for ' || (select pg_catalog.string_agg(name, ', ' order by name) from (select ${relationName('r.prrelid')} as name from pg_catalog.pg_publication_rel r where r.prpubid = p.oid) t)`,
  `'publishes ' || pg_catalog.concat_ws(', ', case when p.pubinsert then 'insert' end, case when p.pubupdate then 'update' end, case when p.pubdelete then 'delete' end, case when p.pubtruncate then 'truncate' end)`,
  `case when p.pubviaroot then 'via root' end`,
)} from pg_catalog.pg_publication p`;

const FOREIGN = [
  `select ${global("'foreign data wrapper'", 'w.fdwname')}, ${definition(
    `'handler ' || nullif(w.fdwhandler, 0)::regproc`,
    `'validator ' || nullif(w.fdwvalidator, 0)::regproc`,
    options('options', 'w.fdwoptions'),
  )} from pg_catalog.pg_foreign_data_wrapper w where ${ownObject('pg_foreign_data_wrapper', 'w.oid')}`,
  `select ${global("'server'", 's.srvname')}, ${definition(
    `(select pg_catalog.format('foreign data wrapper %I', w.fdwname) from pg_catalog.pg_foreign_data_wrapper w where w.oid = s.srvfdw)`,
    `'type ' || s.srvtype`,
    `'version ' || s.srvversion`,
    options('options', 's.srvoptions'),
  )} from pg_catalog.pg_foreign_server s where ${ownObject('pg_foreign_server', 's.oid')}`,
];

// 16384 is the first oid that is not given out by initdb.
const RARE = [
  `select ${inSchema("'collation'", 'l.collname')}, ${definition('l.collprovider', 'l.collcollate', `case when not l.collisdeterministic then 'not deterministic' end`)}
    from pg_catalog.pg_collation l join pg_catalog.pg_namespace n on n.oid = l.collnamespace where ${IN_OWN_SCHEMA} and ${ownObject('pg_collation', 'l.oid')}`,
  `select 'cast' as kind, null::text as schema, null::text as relation, pg_catalog.format('%s as %s', pg_catalog.format_type(k.castsource, null), pg_catalog.format_type(k.casttarget, null)) as name,
    ${definition('nullif(k.castfunc, 0)::regprocedure', 'k.castcontext', 'k.castmethod')} from pg_catalog.pg_cast k where k.oid >= 16384 and ${ownObject('pg_cast', 'k.oid')}
    and k.casttarget not in (select m.oid from pg_catalog.pg_type m where m.typtype = 'm')`,
  `select 'operator' as kind, n.nspname::text as schema, null::text as relation, o.oid::regoperator::text as name, ${definition('o.oprcode', 'nullif(o.oprcom, 0)::regoperator', 'nullif(o.oprnegate, 0)::regoperator', 'nullif(o.oprrest, 0)', 'nullif(o.oprjoin, 0)')}
    from pg_catalog.pg_operator o join pg_catalog.pg_namespace n on n.oid = o.oprnamespace where ${IN_OWN_SCHEMA} and ${ownObject('pg_operator', 'o.oid')}`,
  `select ${inSchema("'operator class'", 'o.opcname')}, ${definition('(select m.amname from pg_catalog.pg_am m where m.oid = o.opcmethod)', 'pg_catalog.format_type(o.opcintype, null)', `case when o.opcdefault then 'default' end`)}
    from pg_catalog.pg_opclass o join pg_catalog.pg_namespace n on n.oid = o.opcnamespace where ${IN_OWN_SCHEMA} and ${ownObject('pg_opclass', 'o.oid')}`,
  `select ${inSchema("'text search configuration'", 't.cfgname')}, ${definition(`(select pg_catalog.string_agg(m.maptokentype || ' ' || m.mapdict::regdictionary, ', ' order by m.maptokentype, m.mapseqno) from pg_catalog.pg_ts_config_map m where m.mapcfg = t.oid)`)}
    from pg_catalog.pg_ts_config t join pg_catalog.pg_namespace n on n.oid = t.cfgnamespace where ${IN_OWN_SCHEMA} and ${ownObject('pg_ts_config', 't.oid')}`,
  `select ${inSchema("'text search dictionary'", 't.dictname')}, ${definition('(select m.tmplname from pg_catalog.pg_ts_template m where m.oid = t.dicttemplate)', 't.dictinitoption')}
    from pg_catalog.pg_ts_dict t join pg_catalog.pg_namespace n on n.oid = t.dictnamespace where ${IN_OWN_SCHEMA} and ${ownObject('pg_ts_dict', 't.oid')}`,
];

export const OBJECTS: readonly Part[] = [
  ...found('t.typname', TYPES, DOMAIN_CONSTRAINTS),
  ...found('p.proname', ROUTINES),
  ...found('c.relname', TRIGGERS, RULES),
  ...found(null, NAMESPACES, EXTENSIONS, EVENT_TRIGGERS, STATISTICS, PUBLICATIONS, ...FOREIGN, ...RARE),
];
