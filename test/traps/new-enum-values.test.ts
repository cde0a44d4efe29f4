/** A new value of an enum cannot be used before it is committed, and since 17 a savepoint decides what counts as new. */

import { describe, expect, test } from 'vitest';
import { errorOf, one, useDatabase } from '../core/support.js';
import { watched } from '../engine/support.js';
import { pidOf } from '../support/clients.js';
import { availableMajors } from '../support/server.js';
import { codeOf, waits } from './support.js';

describe.each(availableMajors([13, 14, 15, 16, 17, 18]))('PostgreSQL %i', (major) => {
  const db = useDatabase(
    "CREATE TABLE users (id integer PRIMARY KEY, state text); INSERT INTO users VALUES (1, 'x'); CREATE TYPE mood AS ENUM ('a', 'b', 'z'); CREATE TABLE moods (m mood)",
    major,
  );
  const values = (type: string): Promise<unknown> =>
    db.connect().then((client) => one(client, `SELECT array_to_string(enum_range(NULL::${type}), ' ')`));

  describe('a value that is added and used in one transaction', () => {
    test('raw: the use fails with 55P04 and takes the transaction with it', async () => {
      const client = await db.connect();
      await client.query("BEGIN; ALTER TYPE mood ADD VALUE 'n'");
      expect(await codeOf(client.query("INSERT INTO moods VALUES ('n')"))).toBe('55P04');
      expect(await codeOf(client.query('SELECT 1'))).toBe('25P02');
      await client.query('ROLLBACK');
      expect(await values('mood')).toBe('a b z');
    });

    test('guarded: a use through Holdfast is refused beforehand, with the cure, and the transaction goes on', async () => {
      const client = await db.connect();
      await client.query('BEGIN');
      const { g } = watched(client);
      await g.safeAddEnumValue('mood', 'n');
      const error = await errorOf(g.safeAddColumn('users', 'm', "mood NOT NULL DEFAULT 'n'"));
      expect(error).toMatchObject({ code: 'HF_REFUSED' });
      expect(error.message).toContain("'n'");
      expect(await errorOf(g.backfill('moods', { set: { m: 'n' } }))).toMatchObject({ code: 'HF_REFUSED' });
      await client.query('COMMIT');
      expect(await values('mood')).toBe('a b z n');
      expect(await g.safeAddColumn('users', 'm', "mood NOT NULL DEFAULT 'n'")).toMatchObject({ status: 'applied' });
      expect(await one(client, 'SELECT m FROM users')).toBe('n');
    });
  });

  describe('a value that stands at another place', () => {
    test('raw: ADD VALUE IF NOT EXISTS ignores AFTER', async () => {
      const client = await db.connect();
      await client.query("CREATE TYPE raw_order AS ENUM ('a', 'b', 'z')");
      await client.query("ALTER TYPE raw_order ADD VALUE IF NOT EXISTS 'z' AFTER 'a'");
      expect(await values('raw_order')).toBe('a b z');
    });

    test('guarded: it is a mismatch that shows the order', async () => {
      const client = await db.connect();
      await client.query("CREATE TYPE guarded_order AS ENUM ('a', 'b', 'z')");
      const { g } = watched(client);
      const error = await errorOf(g.safeAddEnumValue('guarded_order', 'z', { after: 'a' }));
      expect(error).toMatchObject({ code: 'HF_MISMATCH', differences: [{ path: 'position', found: 'a, b, z' }] });
      expect(await g.safeAddEnumValue('guarded_order', 'z', { after: 'b' })).toMatchObject({ status: 'unchanged' });
      expect(await values('guarded_order')).toBe('a b z');
    });
  });

  describe('a type and a further value of it, made in the transaction that uses them', () => {
    // Before 17 every value that ADD VALUE has added is new; from 17 on only a savepoint makes it so.
    const usable = major >= 17;

    test('raw: a savepoint around ADD VALUE makes its use fail with 55P04, even a released one', async () => {
      const client = await db.connect();
      await client.query("BEGIN; CREATE TYPE level AS ENUM ('low'); CREATE TABLE levels (l level)");
      await client.query("SAVEPOINT s; ALTER TYPE level ADD VALUE 'high'; RELEASE s");
      expect(await codeOf(client.query("INSERT INTO levels VALUES ('high')"))).toBe('55P04');
      await client.query('ROLLBACK');
    });

    test('raw: so does one around CREATE TYPE', async () => {
      const client = await db.connect();
      await client.query("BEGIN; SAVEPOINT s; CREATE TYPE level AS ENUM ('low'); RELEASE s");
      await client.query("CREATE TABLE levels (l level); ALTER TYPE level ADD VALUE 'high'");
      expect(await codeOf(client.query("INSERT INTO levels VALUES ('high')"))).toBe('55P04');
      await client.query('ROLLBACK');
    });

    test('guarded: no savepoint of Holdfast is around them, so they are usable wherever the plain statements are', async () => {
      const client = await db.connect();
      await client.query('BEGIN');
      const { g } = watched(client);
      await g.safeCreateEnum('level', ['low']);
      await g.safeAddEnumValue('level', 'high');
      const use = g.safeAddColumn('users', 'level', "level NOT NULL DEFAULT 'high'");
      if (usable) {
        expect(await use).toMatchObject({ status: 'applied' });
        expect(await one(client, 'SELECT level FROM users')).toBe('high');
      } else {
        expect(await errorOf(use)).toMatchObject({ code: 'HF_REFUSED' });
      }
      await client.query('ROLLBACK');
    });

    test('guarded: neither are they after a lock that was not granted at once', async () => {
      const rival = await db.connect();
      await rival.query('BEGIN; LOCK TABLE users');
      const client = await db.connect();
      await client.query('BEGIN');
      let waited: Promise<unknown> | undefined;
      const { g } = watched(client, {
        lockTimeoutMs: 50,
        lockRetryBaseMs: 10,
        onEvent: (event) => {
          if (event.type === 'wait') waited ??= rival.query('ROLLBACK');
        },
      });
      await g.safeCreateEnum('level', ['low']);
      await g.safeAddColumn('users', 'note', 'text');
      expect(waited).toBeDefined();
      await waited;
      await g.safeAddEnumValue('level', 'high');
      const use = g.safeAddColumn('users', 'level', "level NOT NULL DEFAULT 'high'");
      if (usable) expect(await use).toMatchObject({ status: 'applied' });
      else expect(await errorOf(use)).toMatchObject({ code: 'HF_REFUSED' });
      await client.query('ROLLBACK');
    });

    test('guarded: inside an attempt, whose savepoint cannot be left out, the use is refused instead of failing', async () => {
      const client = await db.connect();
      await client.query('BEGIN');
      const { g } = watched(client);
      const made = await g.attempt('level', async (inner) => {
        await inner.safeCreateEnum('level', ['low']);
        await inner.safeAddEnumValue('level', 'high');
      });
      expect(made.status).toBe('applied');
      const error = await errorOf(g.safeAddColumn('users', 'level', "level NOT NULL DEFAULT 'high'"));
      expect(error).toMatchObject({ code: 'HF_REFUSED' });
      expect(await g.safeAddColumn('users', 'level', "level NOT NULL DEFAULT 'low'")).toMatchObject({
        status: 'applied',
      });
      await client.query('COMMIT');
      expect(await values('level')).toBe('low high');
      expect(await one(client, 'SELECT level FROM users')).toBe('low');
      await client.query('ALTER TABLE users DROP COLUMN level; DROP TYPE level');
    });
  });

  describe('a type has no LOCK TABLE', () => {
    const twoAt = async (
      act: (client: Awaited<ReturnType<typeof db.connect>>) => Promise<unknown>,
    ): Promise<Awaited<ReturnType<typeof db.connect>>> => {
      const rival = await db.connect();
      await rival.query("BEGIN; ALTER TYPE mood ADD VALUE 'rival'");
      const client = await db.connect();
      await act(client);
      return rival;
    };

    test('raw: LOCK TABLE refuses it, and ADD VALUE waits without end for another one', async () => {
      const rival = await twoAt(async (client) => {
        await client.query('BEGIN');
        expect(await codeOf(client.query('LOCK TABLE mood'))).toBe('42P01');
        await client.query("ROLLBACK; SET statement_timeout = '200ms'");
        expect(await codeOf(client.query("ALTER TYPE mood ADD VALUE 'late'"))).toBe('57014');
      });
      await rival.query('ROLLBACK');
    });

    test('guarded: ADD VALUE waits no longer than lockTimeoutMs, and is tried again', async () => {
      const watcher = await db.connect();
      const rival = await twoAt(async (client) => {
        const { g } = watched(client, { lockTimeoutMs: 50, lockRetries: 1, lockRetryBaseMs: 5 });
        expect(await errorOf(g.safeAddEnumValue('mood', 'late'))).toMatchObject({
          code: 'HF_LOCK_TIMEOUT',
          left: 'Nothing was changed.',
        });
        await client.query('BEGIN');
        expect(await errorOf(g.safeAddEnumValue('mood', 'late'))).toMatchObject({ code: 'HF_LOCK_TIMEOUT' });
        await client.query('ROLLBACK');
      });
      const client = await db.connect();
      const adding = watched(client, { lockTimeoutMs: 10_000 }).g.safeAddEnumValue('mood', 'late');
      await waits(watcher, pidOf(client), 'object');
      await rival.query('ROLLBACK');
      expect(await adding).toMatchObject({ status: 'applied' });
      expect(await values('mood')).toContain('late');
    });

    test('guarded: the error says who holds the type', async () => {
      const { g } = watched(await db.connect(), { lockTimeoutMs: 50, lockRetries: 0 });
      let error: Error | undefined;
      const rival = await twoAt(async () => {
        error = await errorOf(g.safeAddEnumValue('mood', 'later'));
      });
      await rival.query('ROLLBACK');
      expect(error).toMatchObject({ code: 'HF_LOCK_TIMEOUT', blockers: [{ pid: pidOf(rival) }] });
    });
  });
});
