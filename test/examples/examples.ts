/** Runs the examples as their readme says: commands of a shell, in the example's folder, on a database of the test's own. */
import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execute } from '../support/catalog.js';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export const EXAMPLES = [
  {
    folder: 'examples/knex-flows',
    up: 'knex migrate:latest',
    down: 'knex migrate:rollback --all',
    ledger: 'knex_migrations',
  },
  {
    folder: 'examples/typeorm-flows',
    up: 'typeorm migration:run -d data-source.mjs',
    down: Array.from({ length: 3 }, () => 'typeorm migration:revert -d data-source.mjs').join(' && '),
    ledger: 'migrations',
  },
] as const;

/** Rejects with everything that was printed when the command fails. Resolves with its standard output. */
export async function shell(command: string, folder: string, environment: Record<string, string>): Promise<string> {
  const cwd = join(root, folder);
  const PATH = join(cwd, 'node_modules', '.bin') + delimiter + process.env['PATH'];
  const child = spawn(command, {
    cwd,
    env: { ...process.env, PATH, ...environment },
    shell: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0) throw new Error(`${command} ended with code ${code}\n${stdout}${stderr}`);
  return stdout;
}

/** Constraints, indexes, columns and enum values of schema `migration`, one line each, sorted. */
export async function readSchema(url: string): Promise<string[]> {
  const rows = await execute(
    url,
    `SELECT format('column %s.%s %s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN ' not null' END) AS line
       FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'r' AND c.relnamespace = 'migration'::regnamespace
       WHERE a.attnum > 0 AND NOT a.attisdropped
     UNION ALL SELECT format('constraint %s %s valid=%s', conname, pg_get_constraintdef(oid), convalidated) FROM pg_constraint
       WHERE connamespace = 'migration'::regnamespace AND contype <> 'n'
     UNION ALL SELECT format('index %s valid=%s', pg_get_indexdef(i.indexrelid), i.indisvalid) FROM pg_index i
       JOIN pg_class c ON c.oid = i.indexrelid AND c.relnamespace = 'migration'::regnamespace
     UNION ALL SELECT format('enum %s.%s', enumtypid::regtype, enumlabel) FROM pg_enum`,
  );
  return rows.map((row) => String(row['line'])).sort();
}

/** All rows by table, without the columns in `without`. */
export async function readRows(url: string, without: readonly string[] = []): Promise<Record<string, unknown[]>> {
  const tables = { flow_masters: 'flow_id', discovery_flows: 'id', assessment_flows: 'flow_id' };
  const list = without.map((column) => ` - '${column}'`).join('');
  const found: Record<string, unknown[]> = {};
  for (const [table, key] of Object.entries(tables)) {
    found[table] = await execute(url, `SELECT to_jsonb(t)${list} AS row FROM migration.${table} t ORDER BY t.${key}`);
  }
  return found;
}
