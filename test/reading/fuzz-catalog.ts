/** What the common print of a catalog leaves out, and raw statements change. */
import type pg from 'pg';
import { catalogOf } from '../support/catalog.js';

const USERS = `(SELECT oid FROM pg_namespace WHERE nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%')`;

const MORE = `
  SELECT format('relation %s %s %s %s %s owner=%s acl=%s trigger=%s', c.oid::regclass, c.relkind, c.relpersistence, c.relreplident, c.reloptions, c.relowner::regrole, coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner)), c.relispopulated) AS line FROM pg_class c WHERE c.relnamespace IN ${USERS}
  UNION ALL SELECT format('attribute %s.%s %s storage=%s target=%s options=%s acl=%s %s local=%s collation=%s', c.oid::regclass, a.attname, a.attnum - (SELECT count(*) FROM pg_attribute d WHERE d.attrelid = a.attrelid AND d.attisdropped AND d.attnum < a.attnum), a.attstorage, a.attstattarget, a.attoptions, a.attacl, format_type(a.atttypid, a.atttypmod), a.attislocal, a.attcollation::regcollation)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relnamespace IN ${USERS} AND c.relkind NOT IN ('i', 'I') WHERE a.attnum > 0 AND NOT a.attisdropped
  UNION ALL SELECT format('inherits %s %s %s', i.inhrelid::regclass, i.inhparent::regclass, i.inhseqno) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid AND c.relnamespace IN ${USERS}
  UNION ALL SELECT format('key %s %s', p.partrelid::regclass, pg_get_partkeydef(p.partrelid)) FROM pg_partitioned_table p
  UNION ALL SELECT format('type %s %s %s %s %s %s', t.oid::regtype, t.typtype, format_type(t.typbasetype, t.typtypmod), t.typnotnull, t.typdefault, t.typcollation::regcollation) FROM pg_type t WHERE t.typnamespace IN ${USERS} AND t.typtype IN ('d', 'c', 'r', 'm')
  UNION ALL SELECT format('domain check %s %s %s %s', k.contypid::regtype, k.conname, pg_get_constraintdef(k.oid), k.convalidated) FROM pg_constraint k JOIN pg_type t ON t.oid = k.contypid AND t.typnamespace IN ${USERS}
  UNION ALL SELECT format('statistics %s %s', s.stxnamespace::regnamespace, pg_get_statisticsobjdef(s.oid)) FROM pg_statistic_ext s
  UNION ALL SELECT format('rule %s', pg_get_ruledef(r.oid)) FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class AND c.relnamespace IN ${USERS} WHERE r.rulename <> '_RETURN'
  UNION ALL SELECT format('said of %s: %s', pg_describe_object(d.classoid, d.objoid, d.objsubid), d.description) FROM pg_description d WHERE d.objoid >= 16384
  UNION ALL SELECT format('collation %s.%s %s', o.collnamespace::regnamespace, o.collname, o.collprovider) FROM pg_collation o WHERE o.collnamespace IN ${USERS}
  UNION ALL SELECT format('publication %s all=%s %s', p.pubname, p.puballtables, (SELECT array_agg(r.prrelid::regclass ORDER BY 1) FROM pg_publication_rel r WHERE r.prpubid = p.oid)) FROM pg_publication p
  UNION ALL SELECT format('aggregate %s', p.oid::regprocedure) FROM pg_proc p WHERE p.pronamespace IN ${USERS} AND p.prokind = 'a'
  UNION ALL SELECT format('operator %s', o.oid::regoperator) FROM pg_operator o WHERE o.oprnamespace IN ${USERS}
  UNION ALL SELECT format('configuration %s', c.oid::regconfig) FROM pg_ts_config c WHERE c.cfgnamespace IN ${USERS}
  UNION ALL SELECT format('of %s %s', c.oid::regclass, c.reloftype::regtype) FROM pg_class c WHERE c.reloftype <> 0
  UNION ALL SELECT format('index of %s identity=%s clustered=%s', i.indexrelid::regclass, i.indisreplident, i.indisclustered) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid AND c.relnamespace IN ${USERS} WHERE i.indisreplident OR i.indisclustered
  UNION ALL SELECT format('default acl %s %s', d.defaclobjtype, d.defaclacl) FROM pg_default_acl d`;

export async function wholeCatalog(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ line: string }>(MORE);
  return [...(await catalogOf(client)), ...rows.map((row) => row.line).sort()].join('\n');
}
