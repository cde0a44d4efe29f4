/** All checks, in the order in which a person reads them. */
import { HoldfastError } from '@holdfast/core';
import { withConnection } from '../connection.js';
import { lockPathOf } from '../lock-file.js';
import type { Found } from '../project/find-project.js';
import { openProject } from '../project/open-project.js';
import type { Project } from '../project/project.js';
import type { Check, DatabaseSubject, Finding, ProjectSubject } from './check.js';
import { connection } from './connection.js';
import { guard } from './guard.js';
import { invalidIndexes } from './invalid-indexes.js';
import type { DoctorJob } from './job.js';
import { journal } from './journal.js';
import { lockFile } from './lock-file.js';
import { packages } from './packages.js';
import { runnerLocks } from './runner-locks.js';
import { serverVersion } from './server-version.js';
import { unvalidatedConstraints } from './unvalidated-constraints.js';

const OF_PROJECT: readonly Check<ProjectSubject>[] = [guard, lockFile, packages];
const OF_DATABASE: readonly Check<DatabaseSubject>[] = [
  connection,
  serverVersion,
  journal,
  runnerLocks,
  invalidIndexes,
  unvalidatedConstraints,
];

/** Reads only. What keeps a check from being made is a finding itself, a problem. */
export async function examine(job: DoctorJob): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const project = await read(job, findings);
  if (project !== undefined) {
    const path = lockPathOf(job, project);
    const subject: ProjectSubject = { found: job as Found, project, lockFile: path };
    for (const check of OF_PROJECT) findings.push(...(await make(check, subject)));
  }
  try {
    await withConnection({ url: job.url, operation: job.operation, env: process.env }, async (client) => {
      for (const check of OF_DATABASE) findings.push(...(await make(check, { client, project })));
    });
  } catch (error) {
    findings.push(failed(connection.name, error));
  }
  return findings;
}

async function read(job: DoctorJob, findings: Finding[]): Promise<Project | undefined> {
  try {
    return await openProject(job.operation, job);
  } catch (error) {
    findings.push(failed('project', error));
    return undefined;
  }
}

async function make<S>(check: Check<S>, subject: S): Promise<readonly Finding[]> {
  try {
    return (await check.look(subject)).map((finding) => ({ check: check.name, ...finding }));
  } catch (error) {
    return [failed(check.name, error)];
  }
}

function failed(check: string, error: unknown): Finding {
  if (error instanceof HoldfastError) {
    const { target, happened, hint } = error;
    return {
      check,
      level: 'problem',
      found: `${target === '' ? '' : `${target}: `}${happened}`,
      cure: hint === '' ? null : hint,
    };
  }
  return { check, level: 'problem', found: `it could not be looked at: ${(error as Error).message}`, cure: null };
}
