/** The form of one check of `holdfast doctor`. */
import type pg from 'pg';
import type { Found } from '../project/find-project.js';
import type { Project } from '../project/project.js';

export interface Finding {
  /** Name of the check. */
  readonly check: string;
  /** `warning`: it may be meant. `problem`: migrations will fail, or are not guarded as the project says. */
  readonly level: 'ok' | 'warning' | 'problem';
  /** One sentence, or a short list. */
  readonly found: string;
  /** What to do, ready to paste; null where there is nothing. */
  readonly cure: string | null;
}

/** What checks look at. */
export interface ProjectSubject {
  readonly found: Found;
  readonly project: Project;
  /** Absolute. */
  readonly lockFile: string;
}

export interface Check<S> {
  readonly name: string;
  /** Reads only. What it rejects with becomes a finding. */
  look(subject: S): Promise<readonly Omit<Finding, 'check'>[]>;
}

export interface DatabaseSubject {
  /** In no transaction. */
  readonly client: pg.Client;
  /** Undefined where the project could not be read. */
  readonly project: Project | undefined;
}

export const ok = (found: string): Omit<Finding, 'check'> => ({ level: 'ok', found, cure: null });

/** `3 indexes`, `1 index` */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
