/** `node worker.mjs <url> <name>`: one worker, as a process of its own on any machine. Ends when nothing is left to do. */
import pg from 'pg';
import PgBoss from 'pg-boss';
import { sql } from '../../packages/core/dist/index.js';
import { backfillJobs } from '../../packages/core/dist/jobs.js';
import { upperEmail } from './definition.mjs';

const [url = '', name = ''] = process.argv.slice(2);
const boss = new PgBoss({ connectionString: url, max: 2, maintenanceIntervalSeconds: 1, schedule: false });
boss.on('error', (error) => process.stderr.write(`${name}: ${error.message}\n`));
await boss.start();
const client = new pg.Client({ connectionString: url, application_name: name });
await client.connect();
process.send?.(await backfillJobs(boss, upperEmail(sql)).work(client));
await client.end();
await boss.stop();
process.disconnect?.();
