/** The schema of a database as sorted lines of text, and its rows: what two states are compared by. */
import pg from 'pg';

const USERS = `(SELECT oid FROM pg_namespace WHERE nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%')`;

// What the owner may do is left out. Of functions everybody may run, unless somebody revokes it: there the default is spelled out.
const GRANTS = `
  SELECT g.*, c.oid::regclass::text AS what, c.relowner AS owner FROM pg_class c, aclexplode(c.relacl) g WHERE c.relnamespace IN ${USERS}
  UNION ALL SELECT g.*, format('%s.%s', c.oid::regclass, a.attname), c.relowner FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid, aclexplode(a.attacl) g
    WHERE c.relnamespace IN ${USERS} AND NOT a.attisdropped
  UNION ALL SELECT g.*, format('schema %s', n.nspname), n.nspowner FROM pg_namespace n, aclexplode(n.nspacl) g WHERE n.oid IN ${USERS} AND n.nspname <> 'public'
  UNION ALL SELECT g.*, format('default of %s in %s', d.defaclobjtype, d.defaclnamespace::regnamespace), d.defaclrole FROM pg_default_acl d, aclexplode(d.defaclacl) g
  UNION ALL SELECT g.*, format('type %s', t.oid::regtype), t.typowner FROM pg_type t, aclexplode(t.typacl) g WHERE t.typnamespace IN ${USERS}
  UNION ALL SELECT g.*, format('function %s', p.oid::regprocedure), p.proowner FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) g
    WHERE p.pronamespace IN ${USERS} AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')`;

// pg_constraint has rows for NOT NULL since 18: their names are left out, that one of them is not validated is not. A foreign key to a
// partitioned table has rows for each partition besides, which no statement can name and VALIDATE before 18 forgets: left out.
const CATALOG = `
  SELECT format('table %s', c.oid::regclass) AS line FROM pg_class c WHERE c.relnamespace IN ${USERS} AND c.relkind IN ('r', 'p', 'v', 'm')
  UNION ALL SELECT format('partition %s of %s %s', c.oid::regclass, i.inhparent::regclass, pg_get_expr(c.relpartbound, c.oid))
    FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid WHERE c.relnamespace IN ${USERS} AND c.relkind IN ('r', 'p')
  UNION ALL SELECT format('column %s.%s %s%s%s%s%s', c.oid::regclass, a.attname, format_type(a.atttypid, a.atttypmod),
      CASE WHEN a.attnotnull THEN ' not null' END || CASE WHEN EXISTS (SELECT FROM pg_constraint k
        WHERE k.conrelid = a.attrelid AND k.contype = 'n' AND k.conkey = ARRAY[a.attnum] AND NOT k.convalidated) THEN ' (not valid)' ELSE '' END,
      ' default ' || pg_get_expr(d.adbin, d.adrelid), ' identity ' || nullif(a.attidentity::text, ''), ' generated ' || nullif(a.attgenerated::text, ''))
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p') AND c.relnamespace IN ${USERS}
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE a.attnum > 0 AND NOT a.attisdropped
  UNION ALL SELECT format('constraint %s.%s %s valid=%s', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid), k.convalidated) FROM pg_constraint k
    WHERE NOT EXISTS (SELECT FROM pg_constraint p WHERE p.oid = k.conparentid AND p.conrelid = k.conrelid) AND k.connamespace IN ${USERS} AND k.contype NOT IN ('n', 't')
  UNION ALL SELECT format('index %s valid=%s ready=%s', pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisready)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relnamespace IN ${USERS}
  UNION ALL SELECT format('view %s %s %s %s', c.oid::regclass, c.relkind, c.reloptions, pg_get_viewdef(c.oid)) FROM pg_class c WHERE c.relnamespace IN ${USERS} AND c.relkind IN ('v', 'm')
  UNION ALL SELECT format('schema %s', n.nspname) FROM pg_namespace n WHERE n.oid IN ${USERS}
  UNION ALL SELECT format('extension %s %s in %s', e.extname, e.extversion, e.extnamespace::regnamespace) FROM pg_extension e
  UNION ALL SELECT format('function %s', pg_get_functiondef(p.oid)) FROM pg_proc p
    WHERE p.pronamespace IN ${USERS} AND p.prokind IN ('f', 'p') AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
  UNION ALL SELECT format('sequence %s %s%s', c.oid::regclass, to_jsonb(s) - 'seqrelid', (SELECT format(' of %s.%s', p.refobjid::regclass, a.attname)
      FROM pg_depend p JOIN pg_attribute a ON a.attrelid = p.refobjid AND a.attnum = p.refobjsubid
      WHERE p.classid = 'pg_class'::regclass AND p.objid = c.oid AND p.deptype IN ('a', 'i')))
    FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid AND c.relnamespace IN ${USERS}
  UNION ALL SELECT format('trigger %s enabled=%s', pg_get_triggerdef(t.oid), t.tgenabled)
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid AND c.relnamespace IN ${USERS} WHERE NOT t.tgisinternal
  UNION ALL SELECT format('row security %s enabled=%s forced=%s', c.oid::regclass, c.relrowsecurity, c.relforcerowsecurity)
    FROM pg_class c WHERE c.relnamespace IN ${USERS} AND (c.relrowsecurity OR c.relforcerowsecurity)
  UNION ALL SELECT format('policy %s.%s %s permissive=%s to %s using %s check %s', p.polrelid::regclass, p.polname, p.polcmd, p.polpermissive, p.polroles::regrole[], pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
    FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid AND c.relnamespace IN ${USERS}
  UNION ALL SELECT format('enum %s (%s)', t.oid::regtype, (SELECT string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid))
    FROM pg_type t WHERE t.typnamespace IN ${USERS} AND t.typtype = 'e'
  UNION ALL SELECT format('comment %s.%s %s', d.objoid::regclass, coalesce(a.attname, '0'), d.description) FROM pg_description d
    JOIN pg_class c ON c.oid = d.objoid AND c.relnamespace IN ${USERS}
    LEFT JOIN pg_attribute a ON a.attrelid = d.objoid AND a.attnum = d.objsubid AND d.objsubid > 0 WHERE d.classoid = 'pg_class'::regclass
  UNION ALL SELECT format('comment on %s %s: %s', w.type, w.identity, d.description) FROM pg_description d, pg_identify_object(d.classoid, d.objoid, d.objsubid) w
    WHERE d.objsubid = 0 AND d.objoid >= 16384 AND d.classoid NOT IN ('pg_class'::regclass, 'pg_extension'::regclass)
      AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = d.classoid AND e.objid = d.objoid AND e.deptype = 'e')
  UNION ALL SELECT format('storage of %s persistence=%s partitioned by %s options %s replica identity %s', c.oid::regclass, c.relpersistence, pg_get_partkeydef(c.oid), c.reloptions, c.relreplident)
    FROM pg_class c WHERE c.relnamespace IN ${USERS} AND c.relkind IN ('r', 'p')
      AND (c.relpersistence <> 'p' OR c.relkind = 'p' OR c.reloptions IS NOT NULL OR c.relreplident <> 'd')
  UNION ALL SELECT format('storage of %s.%s %s statistics=%s collation %s', c.oid::regclass, a.attname, a.attstorage, nullif(a.attstattarget, -1), a.attcollation::regcollation)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p') AND c.relnamespace IN ${USERS} JOIN pg_type t ON t.oid = a.atttypid
    WHERE a.attnum > 0 AND NOT a.attisdropped AND (a.attstorage <> t.typstorage OR coalesce(a.attstattarget, -1) <> -1 OR a.attcollation <> t.typcollation)
  UNION ALL SELECT format('clustered by %s', i.indexrelid::regclass) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relnamespace IN ${USERS} AND i.indisclustered
  UNION ALL SELECT format('domain %s %s%s default %s', t.oid::regtype, format_type(t.typbasetype, t.typtypmod), CASE WHEN t.typnotnull THEN ' not null' END, t.typdefault)
    FROM pg_type t WHERE t.typnamespace IN ${USERS} AND t.typtype = 'd'
  UNION ALL SELECT format('domain %s %s %s valid=%s', k.contypid::regtype, k.conname, pg_get_constraintdef(k.oid), k.convalidated)
    FROM pg_constraint k WHERE k.connamespace IN ${USERS} AND k.contypid <> 0 AND k.contype = 'c'
  UNION ALL SELECT format('type %s (%s)', c.reltype::regtype, (SELECT string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum)
      FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)) FROM pg_class c WHERE c.relnamespace IN ${USERS} AND c.relkind = 'c'
  UNION ALL SELECT format('rule %s', pg_get_ruledef(r.oid)) FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class WHERE c.relnamespace IN ${USERS} AND r.rulename <> '_RETURN'
  UNION ALL SELECT format('statistics %s', pg_get_statisticsobjdef(s.oid)) FROM pg_statistic_ext s WHERE s.stxnamespace IN ${USERS}
  UNION ALL SELECT format('aggregate %s %s %s start %s', p.oid::regprocedure, g.aggtransfn, g.aggfinalfn, g.agginitval)
    FROM pg_aggregate g JOIN pg_proc p ON p.oid = g.aggfnoid WHERE p.pronamespace IN ${USERS} AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
  UNION ALL SELECT format('grant %s on %s to %s%s', g.privilege_type, g.what, CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE g.grantee::regrole::text END, CASE WHEN g.is_grantable THEN ' with grant option' END)
    FROM (${GRANTS}) g WHERE g.grantee <> g.owner`;

/** One line for each object of the users' schemas, sorted; those of a schema beside `public` are named with it. */
export async function readCatalog(url: string): Promise<readonly string[]> {
  return withClient(url, catalogOf);
}

/** The same on a connection that is there already, whose search path is to be the server's default. */
export async function catalogOf(client: pg.Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ line: string }>(CATALOG);
  return rows.map((row) => row.line).sort();
}

const TABLES = `SELECT c.oid::regclass::text AS name FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace IN ${USERS} ORDER BY 1`;

/** One line for each table: how many rows, and a digest of them that knows neither their order nor that of the columns. */
export async function rowsOf(client: pg.Client): Promise<readonly string[]> {
  const { rows: tables } = await client.query<{ name: string }>(TABLES);
  if (tables.length === 0) return [];
  const each = tables.map(
    ({
      name,
    }) => `SELECT ${pg.escapeLiteral(name)} || ': ' || count(*) || ' rows ' || md5(coalesce(string_agg(r, '' ORDER BY r), '')) AS line
      FROM (SELECT md5(to_jsonb(t)::text) AS r FROM ${name} t) r`,
  );
  const { rows } = await client.query<{ line: string }>(each.join(' UNION ALL '));
  return rows.map((row) => row.line).sort();
}

/** Runs statements on a connection of its own. */
export async function execute(url: string, sql: string): Promise<Record<string, unknown>[]> {
  return withClient(url, async (client) => {
    const result = await client.query<Record<string, unknown>>(sql);
    return result.rows;
  });
}

export async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
