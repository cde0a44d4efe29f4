/** What the process that rehearses is told. */
import type { ProjectJob } from '../project/options.js';

export interface PlanJob extends ProjectJob {
  readonly command: 'plan';
  /** Folder for what the next run starts from; null: keep nothing. */
  readonly cache: string | null;
}
