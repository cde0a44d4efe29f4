/** A database and connections for tests of the engine on the bare client. */
import { type Guard, type GuardEvent, type GuardOptions, guard } from '@holdfast/core';
import type pg from 'pg';
import { errorOf as anyErrorOf } from '../core/support.js';

export { useDatabase } from '../core/support.js';

/** A guard that notes its events. */
export function watched(client: pg.Client, options: GuardOptions = {}): { g: Guard; events: GuardEvent[] } {
  const events: GuardEvent[] = [];
  const g = guard(client, {
    ...options,
    onEvent: (event) => {
      events.push(event);
      options.onEvent?.(event);
    },
  });
  return { g, events };
}

/** The value of a setting as the session has it. */
export async function setting(client: pg.Client, name: string): Promise<string> {
  const { rows } = await client.query<{ value: string }>('SELECT current_setting($1) AS value', [name]);
  return rows[0]?.value ?? '';
}

/** The error that a promise rejects with, with its fields. */
export function errorOf(promise: Promise<unknown>): Promise<Record<string, unknown>> {
  return anyErrorOf(promise);
}
