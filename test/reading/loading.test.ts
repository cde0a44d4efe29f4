/** The parser is WebAssembly of more than a megabyte: who only calls operations never pays for it. */
import { guard } from '@holdfast/core';
import { expect, test, vi } from 'vitest';
import { Body } from '../../packages/core/src/body/body.js';
import { resolveOptions } from '../../packages/core/src/options.js';
import type { Session } from '../../packages/core/src/session.js';
import { pgSession } from '../../packages/core/src/session-pg.js';
import { useDatabase } from '../core/support.js';

/** Of the runtime; no library of types that this project reads has it. */
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: Record<'instantiate' | 'instantiateStreaming', (...args: unknown[]) => unknown>;
};

const db = useDatabase('CREATE TABLE users (id integer PRIMARY KEY)');

test('explicit calls never load the parser; the first statement that is read does', async () => {
  const instantiated = [vi.spyOn(WebAssembly, 'instantiate'), vi.spyOn(WebAssembly, 'instantiateStreaming')];
  const count = (): number => instantiated.reduce((sum, { mock }) => sum + mock.calls.length, 0);
  const client = await db.connect();
  await guard(client).safeAddColumn('users', 'email', "text NOT NULL DEFAULT '' CHECK (email <> 'x')");
  expect(count()).toBe(0);
  const detach = new Body(pgSession(client) as unknown as Session, resolveOptions({})).attach(client);
  expect(count()).toBe(0);
  await client.query('ALTER TABLE users ADD name text');
  detach();
  expect(count()).toBe(1);
});
