/** The process in which `holdfast plan` and `holdfast doctor` run a project's code: it is told what to do by its parent, answers once, and ends. */
import { HoldfastError } from '@holdfast/core';
import { examine } from './doctor/examine.js';
import type { DoctorJob } from './doctor/job.js';
import type { PlanJob } from './plan/job.js';
import { rehearse } from './plan/rehearse.js';
import { type Failure, type ProjectAnswer, wordsOf } from './project/ask-project.js';
import { openProject } from './project/open-project.js';
import type { ProjectJob } from './project/options.js';

async function work(job: PlanJob | DoctorJob): Promise<ProjectAnswer<unknown>> {
  try {
    const result =
      job.command === 'doctor' ? await examine(job) : await rehearse(await openProject(job.operation, job), job);
    return { ok: true, result };
  } catch (error) {
    return { ok: false, failure: failureOf(job, error) };
  }
}

function failureOf({ operation, config }: ProjectJob, error: unknown): Failure {
  if (error instanceof HoldfastError) return wordsOf(error);
  const { message = String(error), stack = '' } = (error ?? {}) as {
    readonly message?: string;
    readonly stack?: string;
  };
  return {
    operation,
    target: config,
    happened: `the project could not be read: ${message}`,
    left: '',
    hint: `Can its own runner read it? The options --knexfile, --data-source and --import say what is read, and how.\n${stack}`,
  };
}

process.once('message', (job: PlanJob | DoctorJob) => {
  void work(job).then((answer) => process.send?.(answer, () => process.exit(0)));
});
