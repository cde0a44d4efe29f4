/** The schema of a database as sorted lines of text, and its rows: what two states are compared by. */
import pg from 'pg';

const CATALOG = (schema: string): string => `
  SELECT format('table %s', c.relname) AS line FROM pg_class c WHERE c.relnamespace = '${schema}'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
  UNION ALL SELECT format('column %s.%s %s%s%s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN ' not null' END,
      ' default ' || pg_get_expr(d.adbin, d.adrelid), ' identity ' || nullif(a.attidentity::text, ''), ' generated ' || nullif(a.attgenerated::text, ''))
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p') AND c.relnamespace = '${schema}'::regnamespace
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE a.attnum > 0 AND NOT a.attisdropped
  UNION ALL SELECT format('constraint %s.%s %s valid=%s', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid), k.convalidated)
    FROM pg_constraint k WHERE k.connamespace = '${schema}'::regnamespace AND k.contype <> 'n'
  UNION ALL SELECT format('index %s valid=%s ready=%s', pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisready)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relnamespace = '${schema}'::regnamespace
  UNION ALL SELECT format('enum %s (%s)', t.typname, (SELECT string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid))
    FROM pg_type t WHERE t.typnamespace = '${schema}'::regnamespace AND t.typtype = 'e'
  UNION ALL SELECT format('comment %s.%s %s', d.objoid::regclass, d.objsubid, d.description) FROM pg_description d
    JOIN pg_class c ON c.oid = d.objoid AND c.relnamespace = '${schema}'::regnamespace WHERE d.classoid = 'pg_class'::regclass`;

/** One line for each object of the schema, sorted. NOT NULL constraint rows, new in 18, are left out: the columns tell them. */
export async function readCatalog(url: string, schema = 'public'): Promise<readonly string[]> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ line: string }>(CATALOG(schema));
    return rows.map((row) => row.line).sort();
  });
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
