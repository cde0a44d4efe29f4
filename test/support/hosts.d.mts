import type { Guard, GuardOptions } from '@holdfast/core';

export type HostName = 'pg' | 'knex' | 'typeorm-0.3' | 'typeorm-1';
export type TransactionForm = 'none' | 'transaction';
export const HOSTS: readonly HostName[];
export const COLUMNS: Readonly<Record<'email' | 'org' | 'code' | 'wide', unknown>>;
export const TABLES: Readonly<Record<'invoices', unknown>>;

export interface OpenHost {
  readonly name: HostName;
  /** What the host hands to a migration. */
  readonly native: unknown;
  // biome-ignore lint/suspicious/noExplicitAny: each host has its own forms; a suite for all of them passes what fits
  guard(options?: GuardOptions): Guard<any>;
  query(sql: string): Promise<Record<string, unknown>[]>;
  /** The definition of a table in the host's own form. */
  table(key: keyof typeof TABLES): unknown;
  column(key: keyof typeof COLUMNS): [string, string] | [unknown];
  columns(...keys: (keyof typeof COLUMNS)[]): [unknown];
  commit(): Promise<void>;
  rollback(): Promise<void>;
  close(): Promise<void>;
}

export function openHost(
  name: HostName,
  packages: { readonly core: unknown; readonly knex: unknown; readonly typeorm: unknown },
  url: string,
  form: TransactionForm,
): Promise<OpenHost>;
