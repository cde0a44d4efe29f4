import type { Outcome } from '@holdfast/core';
import type { OpenHost } from '../support/hosts.mjs';

// biome-ignore lint/suspicious/noExplicitAny: each host has its own forms; a suite for all of them passes what fits
export type AnyGuard = any;

export interface Case {
  readonly operation: string;
  readonly variant?: string;
  readonly setup?: string;
  earlier?(g: AnyGuard): Promise<unknown>;
  run(g: AnyGuard, host: OpenHost): Promise<Outcome>;
  readonly down: string;
  undo?(g: AnyGuard, host: OpenHost): Promise<Outcome>;
  readonly rows?: true;
  /** `run` makes something in the host's own form, which differs from host to host. */
  readonly ownForm?: true;
  /** `idle`: there is no row left to change, so that a step that would change rows takes no lock. */
  readonly halves: readonly { readonly name: string; readonly sql: string; readonly idle?: true }[];
  readonly different: readonly { readonly name: string; readonly sql: string; readonly path: string }[];
}

export const SETUP: string;
export const CASES: readonly Case[];
export function titleOf(each: Case): string;
