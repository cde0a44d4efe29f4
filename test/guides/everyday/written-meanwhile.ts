/** What the application has written between up and down: nothing of it is lost in silence on the way back. */
import { expect, onTestFinished, test } from 'vitest';
import { execute } from '../../support/catalog.js';
import { createDatabase } from '../../support/database.js';
import { serverFor } from '../../support/server.js';
import { type Host, readMigrations } from '../hosts.js';
import { everyday } from './guide.js';

export function testWrittenMeanwhile(host: Host): void {
  test.each(host.modes)(
    'rows that were written meanwhile stop down, or fit the old schema afterwards, %s',
    async (mode) => {
      const database = await createDatabase(serverFor());
      onTestFinished(() => database.drop());
      const { url } = database;
      await execute(url, everyday.setup);
      const runner = await host.open(url, await readMigrations(everyday.folder, host), mode);
      onTestFinished(() => runner.close());
      await runner.up();
      await execute(
        url,
        `UPDATE role SET description = repeat('long ', 100) WHERE id = 2;
       UPDATE "user" SET source = 'service' WHERE id = 'u9';
       INSERT INTO parcels VALUES (501, 'active');
       INSERT INTO audit_log (user_id, action, entity_type, entity_id) VALUES ('u9', 'login', 'user', 'u9')`,
      );
      await expect(runner.down()).rejects.toMatchObject({ code: 'HF_DATA', count: 1 });
      expect(await execute(url, 'SELECT user_id FROM audit_log')).toEqual([{ user_id: 'u9' }]);
      await execute(url, 'DELETE FROM audit_log');
      await runner.down();
      expect(
        await execute(
          url,
          `SELECT (SELECT length(description) FROM role WHERE id = 2), (SELECT source FROM login WHERE id = 'u9'),
           (SELECT old_state FROM parcels WHERE id = 501)`,
        ),
      ).toEqual([{ length: 255, source: 'manual', old_state: 1 }]);
    },
  );
}
