/** Runs one method of a migration with what its runner sends going through the guard. */
import { Body, type GuardOptions, type PgClient, resolveOptions, runBody, type Session } from '@holdfast/core';
import type { QueryRunnerLike } from './host.js';
import { bodyQueryRunner } from './query-runner/body-query-runner.js';
import { requireQueryRunner } from './recognise.js';
import { typeormSession } from './session.js';
import { TypeormGuard } from './typeorm-guard.js';

/**
 * All that is sent on the runner's connection: by its methods, by `query`, by its `manager`. What goes over another runner of the
 * DataSource does not.
 */
export async function guardBody(
  queryRunner: QueryRunnerLike,
  options: GuardOptions,
  run: (queryRunner: never) => Promise<unknown>,
): Promise<unknown> {
  const dataSource = requireQueryRunner(queryRunner);
  const schema = options.schema ?? dataSource.options.schema;
  const own: GuardOptions = { ...options, ...(schema === undefined ? {} : { schema }) };
  const session = typeormSession(queryRunner, dataSource);
  const body = new Body(session as unknown as Session, resolveOptions(own));
  const client: PgClient = await queryRunner.connect();
  const end = body.attach(client);
  try {
    const inside = bodyQueryRunner(queryRunner, new TypeormGuard(session, own));
    return await runBody(body, () => run(inside as never));
  } finally {
    end();
  }
}
