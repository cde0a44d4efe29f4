/**
 * `node make.mjs` fills the empty database at DATABASE_URL: tables.sql, and an INVALID index as a failed CREATE INDEX CONCURRENTLY
 * leaves it. Stops when the schema `migration` is there already; drops nothing.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

const STATEMENT_TIMEOUT = '57014';

/** @param {string} url */
export async function makeFlowsDatabase(url) {
  const [deploy, worker] = [1, 2].map(() => new pg.Client({ connectionString: url }));
  if (deploy === undefined || worker === undefined) throw new Error('unreachable');
  await deploy.connect();
  await worker.connect();
  try {
    const { rows } = await deploy.query(`SELECT FROM pg_namespace WHERE nspname = 'migration'`);
    if (rows.length > 0) throw new Error('The schema "migration" exists already: use an empty database.');
    await deploy.query(readFileSync(new URL('./tables.sql', import.meta.url), 'utf8'));
    await failToBuildIndex(deploy, worker);
    await deploy.query('ANALYZE');
  } finally {
    await deploy.end();
    await worker.end();
  }
}

/**
 * The build waits for a worker that forgot to commit, and the deployment's statement_timeout ends it: what is built so far stays as an
 * INVALID index, which every write has to keep up and no query uses.
 * @param {pg.Client} deploy
 * @param {pg.Client} worker
 */
async function failToBuildIndex(deploy, worker) {
  await worker.query('BEGIN; UPDATE migration.assessment_flows SET name = name WHERE name = $$Assessment 1$$');
  await deploy.query(`SET statement_timeout = '100ms'`);
  try {
    await deploy.query(
      'CREATE INDEX CONCURRENTLY assessment_flows_master_flow_id_idx ON migration.assessment_flows (master_flow_id)',
    );
  } catch (error) {
    if (/** @type {{ code?: string }} */ (error).code !== STATEMENT_TIMEOUT) throw error;
  }
  await deploy.query('RESET statement_timeout');
  await worker.query('ROLLBACK');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const url = process.env['DATABASE_URL'];
  if (url === undefined) throw new Error('Set DATABASE_URL to an empty database.');
  await makeFlowsDatabase(url);
  console.log('Made: schema "migration" with 3 000 discovery flows and 1 800 assessment flows, in a bad state.');
}
