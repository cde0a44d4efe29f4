/** What the application has written between up and down: nothing of it is lost in silence on the way back. */
import { expect, onTestFinished, test } from 'vitest';
import { serverFor } from '../../support/server.js';
import { type Host, openDatabase, readMigrations } from '../hosts.js';
import { everyday } from './guide.js';

export function testWrittenMeanwhile(host: Host): void {
  test('rows that were written meanwhile stop down, or fit the old schema afterwards', async () => {
    const { client, url } = await openDatabase(serverFor());
    await client.query(everyday.setup);
    const runner = await host.open(url, await readMigrations(everyday.folder, host), host.modes[0] as string);
    onTestFinished(() => runner.close());
    await runner.up();
    await client.query(
      `UPDATE role SET description = repeat('long ', 100) WHERE id = 2;
       UPDATE "user" SET source = 'service' WHERE id = 'u9';
       INSERT INTO parcels VALUES (501, 'active');
       INSERT INTO audit_log (user_id, action, entity_type, entity_id) VALUES ('u9', 'login', 'user', 'u9')`,
    );
    await expect(runner.down()).rejects.toMatchObject({ code: 'HF_DATA', count: 1 });
    expect((await client.query('SELECT user_id FROM audit_log')).rows).toEqual([{ user_id: 'u9' }]);
    await client.query('DELETE FROM audit_log');
    await runner.down();
    const { rows } = await client.query(
      `SELECT (SELECT length(description) FROM role WHERE id = 2), (SELECT source FROM login WHERE id = 'u9'),
         (SELECT old_state FROM parcels WHERE id = 501)`,
    );
    expect(rows).toEqual([{ length: 255, source: 'manual', old_state: 1 }]);
  });
}
