import type { Outcome } from '@holdfast/core';
import type { OpenHost } from '../support/hosts.mjs';

// biome-ignore lint/suspicious/noExplicitAny: each host has its own forms; a suite for all of them passes what fits
export type AnyGuard = any;

export interface Case {
  readonly operation: string;
  readonly variant?: string;
  readonly setup?: string;
  run(g: AnyGuard, host: OpenHost): Promise<Outcome>;
  readonly down: string;
  undo?(g: AnyGuard, host: OpenHost): Promise<Outcome>;
  readonly rows?: true;
  readonly halves: readonly { readonly name: string; readonly sql: string }[];
  readonly different: readonly { readonly name: string; readonly sql: string; readonly path: string }[];
}

export const SETUP: string;
export const CASES: readonly Case[];
export function titleOf(each: Case): string;
