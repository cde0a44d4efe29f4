/** Runs one method of a migration with what its runner sends going through the guard. */
import {
  Body,
  type GuardOptions,
  type MigrationRun,
  type PgClient,
  resolveOptions,
  type Session,
  untapped,
} from '@holdfast/core';
import type { QueryRunnerLike } from './host.js';
import { bodyQueryRunner } from './query-runner/body-query-runner.js';
import { requireQueryRunner } from './recognise.js';
import { typeormSession } from './session.js';
import { TypeormGuard } from './typeorm-guard.js';

export interface GuardedMethod {
  readonly run: MigrationRun;
  readonly name: string;
  readonly direction: 'up' | 'down';
  readonly options: GuardOptions;
}

/**
 * All that is sent on the runner's connection: by its methods, by `query`, by its `manager`. What goes over another runner of the
 * DataSource does not.
 */
export async function guardBody(
  { run, name, direction, options }: GuardedMethod,
  queryRunner: QueryRunnerLike,
  original: (queryRunner: never) => Promise<unknown>,
): Promise<unknown> {
  const dataSource = requireQueryRunner(queryRunner);
  const schema = options.schema ?? dataSource.options.schema;
  const session = typeormSession(queryRunner, dataSource);
  const own: GuardOptions = {
    migrationId: name,
    ...(session.logger === undefined ? {} : { logger: session.logger }),
    ...options,
    ...(schema === undefined ? {} : { schema }),
  };
  const settings = resolveOptions(own);
  const body = new Body(session as unknown as Session, settings);
  const client: PgClient = await queryRunner.connect();
  const end = body.attach(client);
  try {
    const inside = bodyQueryRunner(queryRunner, new TypeormGuard(session, own), body);
    return await run.perform({
      lend: (use) => use(untapped(client)),
      session: session as unknown as Session,
      settings,
      body,
      name,
      direction,
      run: () => original(inside as never),
    });
  } finally {
    end();
  }
}
