/** The project that a command found. */
import type { Found } from './find-project.js';
import { openKnexProject } from './knex-project.js';
import type { Project } from './project.js';
import { openTypeormProject } from './typeorm-project.js';

/** Runs the project's own code. Rejects with whatever that throws. `environment`: of a knexfile. */
export function openProject(
  operation: string,
  { tool, config, environment }: Found & { readonly environment: string },
): Promise<Project> {
  return tool === 'knex' ? openKnexProject(config, environment) : openTypeormProject(operation, config);
}
