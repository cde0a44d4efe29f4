/** What somebody does to a database by hand. */
import pg from 'pg';

const client = new pg.Client({ connectionString: process.env['DATABASE_URL'] ?? '' });
await client.connect();
await client.query(`
  ALTER TABLE members ALTER email TYPE varchar(50), ADD note text;
  DROP INDEX IF EXISTS visits_member`);
await client.end();
