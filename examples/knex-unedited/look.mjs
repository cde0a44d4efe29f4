/** Prints the rows, and fails unless everybody has got the points once. */
import pg from 'pg';

const client = new pg.Client({ connectionString: process.env['DATABASE_URL'] ?? '' });
await client.connect();
const { rows } = await client.query(
  `SELECT email, m.points, count(v.id)::int AS visits FROM members m LEFT JOIN visits v ON v.member_id = m.id GROUP BY m.id ORDER BY email`,
);
await client.end();
for (const { email, points, visits } of rows) console.log(`  ${email} has ${points} points and ${visits} visit`);
if (rows.length !== 2 || rows.some(({ points, visits }) => points !== 10 || visits !== 1)) process.exitCode = 1;
