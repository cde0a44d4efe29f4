/** What the process that examines is told. */
import type { ProjectJob } from '../project/options.js';

export interface DoctorJob extends ProjectJob {
  readonly command: 'doctor';
}
