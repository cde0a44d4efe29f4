/** Is it a PostgreSQL that is supported? */
import { type Check, type DatabaseSubject, ok } from './check.js';

const [OLDEST, NEWEST] = [13, 18];

export const serverVersion: Check<DatabaseSubject> = {
  name: 'server',
  async look({ client }) {
    const { rows } = await client.query<{ name: string; number: number }>(
      "SELECT pg_catalog.version() AS name, pg_catalog.current_setting('server_version_num')::int AS number",
    );
    const [{ name, number } = { name: '', number: 0 }] = rows;
    const text = name.split(/ on |,/)[0] ?? name;
    const major = Math.floor(number / 10_000);
    if (!name.startsWith('PostgreSQL ') || name.includes('Redshift'))
      return [{ level: 'problem', found: `${text} is not PostgreSQL.`, cure: SUPPORTED }];
    if (major < OLDEST) return [{ level: 'problem', found: `${text} is too old.`, cure: SUPPORTED }];
    if (major > NEWEST)
      return [{ level: 'warning', found: `${text} is newer than what Holdfast was tried on.`, cure: SUPPORTED }];
    return [ok(`${text}.`)];
  },
};

const SUPPORTED = `Holdfast works on PostgreSQL ${OLDEST} to ${NEWEST}.`;
