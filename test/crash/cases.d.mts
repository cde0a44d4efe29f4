import type { Case } from '../contract/cases.mjs';

export interface CrashCase extends Pick<Case, 'operation' | 'variant' | 'setup' | 'earlier' | 'run'> {
  /** SQL for the number of rows that it has changed, where it changes rows. */
  readonly changed?: string;
}

export const BIG_SETUP: string;
export const CRASH_CASES: readonly CrashCase[];
