/**
 * `node look.mjs` tells what is wrong with the database at DATABASE_URL. With `--strict` it ends with code 1 when anything is.
 */
import { fileURLToPath } from 'node:url';
import pg from 'pg';

/**
 * What can be wrong, each as SQL that counts it. Zero is right.
 * @type {readonly (readonly [what: string, count: string])[]}
 */
const WRONGS = [
  ['discovery flows without a master', 'SELECT count(*) FROM migration.discovery_flows WHERE master_flow_id IS NULL'],
  ['assessment flows without a master', 'SELECT count(*) FROM migration.assessment_flows WHERE master_flow_id IS NULL'],
  [
    'flows whose master was never created',
    `SELECT count(*) FROM (SELECT id, master_flow_id FROM migration.discovery_flows UNION SELECT flow_id, master_flow_id FROM migration.assessment_flows) f
       WHERE NOT EXISTS (SELECT FROM migration.flow_masters m WHERE m.flow_id = coalesce(f.master_flow_id, f.id))`,
  ],
  [
    'restored masters that the audit log does not tell of exactly once',
    `SELECT count(*) FROM migration.flow_masters m WHERE to_jsonb(m)->>'restored_by' IS NOT NULL
       AND (SELECT coalesce(sum(CASE action WHEN 'master created' THEN 1 ELSE -1 END), 0) FROM migration.flow_audit a WHERE a.flow_id = m.flow_id) <> 1`,
  ],
  [
    'parts of another flow that lost their link to it',
    'SELECT 60 - count(*) FROM migration.discovery_flows WHERE master_flow_id <> id',
  ],
  [
    "values that flow_type lacks ('assessment')",
    `SELECT count(*) FROM unnest('{discovery,assessment,collection}'::text[]) v
       WHERE v NOT IN (SELECT enumlabel FROM pg_enum WHERE enumtypid = 'migration.flow_type'::regtype)`,
  ],
  [
    'tables without the column restored_by',
    `SELECT count(*) FROM unnest('{flow_masters,discovery_flows,assessment_flows}'::text[]) t
       WHERE NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = ('migration.' || t)::regclass AND attname = 'restored_by' AND NOT attisdropped)`,
  ],
  [
    'tables where master_flow_id may be NULL',
    `SELECT count(*) FROM pg_attribute WHERE attname = 'master_flow_id' AND NOT attnotnull
       AND attrelid IN ('migration.discovery_flows'::regclass, 'migration.assessment_flows'::regclass)`,
  ],
  [
    'tables where no index serves master_flow_id',
    `SELECT 2 - count(*) FROM pg_index WHERE indisvalid AND indexrelid IN (
       to_regclass('migration.discovery_flows_master_flow_id_idx'), to_regclass('migration.assessment_flows_master_flow_id_idx'))`,
  ],
  [
    'tables where no foreign key protects master_flow_id',
    `SELECT 2 - count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated AND confrelid = 'migration.flow_masters'::regclass`,
  ],
  [
    'INVALID indexes',
    `SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE NOT i.indisvalid AND c.relnamespace = 'migration'::regnamespace`,
  ],
  [
    'constraints that are NOT VALID',
    `SELECT count(*) FROM pg_constraint WHERE NOT convalidated AND connamespace = 'migration'::regnamespace`,
  ],
  [
    'helper checks left behind',
    `SELECT count(*) FROM pg_constraint WHERE conname LIKE 'holdfast%' AND connamespace = 'migration'::regnamespace`,
  ],
];

/**
 * Only what is wrong.
 * @param {string} url
 * @returns {Promise<{ what: string, count: number }[]>}
 */
export async function findWrongs(url) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const found = [];
    for (const [what, sql] of WRONGS) {
      const { rows } = await client.query({ text: sql, rowMode: 'array' });
      const count = Number(rows[0]?.[0]);
      if (count !== 0) found.push({ what, count });
    }
    return found;
  } finally {
    await client.end();
  }
}

/** How many things `findWrongs` looks at. */
export const checked = WRONGS.length;

/** @param {readonly { what: string, count: number }[]} wrongs */
export function printWrongs(wrongs) {
  if (wrongs.length === 0) return [`Nothing is wrong (${checked} checks).`];
  return wrongs.map(({ what, count }) => `${String(count).padStart(6)}  ${what}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const url = process.env['DATABASE_URL'];
  if (url === undefined) throw new Error('Set DATABASE_URL to the database of the example.');
  const wrongs = await findWrongs(url);
  console.log(printWrongs(wrongs).join('\n'));
  if (process.argv.includes('--strict') && wrongs.length > 0) process.exitCode = 1;
}
