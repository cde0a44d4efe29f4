/** What random sequences have found, each as small as it gets. */
import { guard, type HoldfastError } from '@holdfast/core';
import { expect, test } from 'vitest';
import { errorOf, useDatabase } from '../core/support.js';
import { catalogOf } from '../support/catalog.js';

const db = useDatabase('CREATE TABLE users (id integer PRIMARY KEY); CREATE TABLE lone (id integer)');

test('a plan knows a long column by the name that the server keeps', async () => {
  const g = guard(await db.connect(), { mode: 'plan' });
  await g.safeAddColumn('users', 'z'.repeat(70), 'text');
  const outcome = await g.safeCreateUniqueConstraint('users', ['z'.repeat(63), 'id']);
  expect(outcome.status).toBe('planned');
});

test('a foreign key without a target is known before its column is added', async () => {
  const client = await db.connect();
  const before = await catalogOf(client);
  const error = await errorOf<HoldfastError>(guard(client).safeAddColumn('users', 'x', 'integer REFERENCES lone (id)'));
  expect([error.code, error.left]).toEqual(['HF_PREREQUISITE', 'Nothing was changed.']);
  expect(await catalogOf(client)).toEqual(before);
});
