/** The guard with `knex.schema` in it. */
import { Body, Guard, InvalidArgumentError, runBody, type Session } from '@holdfast/core';
import type { Knex } from 'knex';
import { schemaWithOperations } from './guarded-schema.js';
import type { KnexHost } from './host.js';
import { listening } from './listening.js';
import type { SafeOperations } from './safe-operations.js';
import type { KnexForms, KnexSession } from './session.js';

export class KnexGuard extends Guard<KnexForms> {
  declare protected readonly session: KnexSession;

  /**
   * `knex.schema` with the guard in it: the builder's own calls (`createTable`, `alterTable`, `raw` and all others) are judged statement by
   * statement when they are awaited, as in a migration inside of `guarded`, and the operations stand beside them under their own names. In
   * plan mode the builder's own calls reject with `InvalidArgumentError`: they are planned by `holdfast plan`.
   */
  get schema(): Knex.SchemaBuilder & SafeOperations {
    const { knex } = this.session;
    const host = knex as unknown as KnexHost;
    // One for each builder: what the transaction holds may be something else after an operation that does not pass the body.
    const body = new Body(this.session as unknown as Session, this.run.settings, this.run);
    const inTransaction = host.isTransaction === true;
    const from = inTransaction ? knex : listening(knex, body).clone;
    const send = async (builder: PromiseLike<unknown>): Promise<unknown> => {
      if (this.run.settings.mode === 'plan') throw notPlanned();
      this.session.requireOpen?.();
      const end = inTransaction ? body.attach(await host.client.acquireConnection()) : () => undefined;
      try {
        return await runBody(body, () => builder);
      } finally {
        end();
      }
    };
    const guardIn = (schema: string | undefined): KnexGuard =>
      schema === undefined ? this : new KnexGuard(this.session, this.run.inSchema(schema));
    return schemaWithOperations(from.schema, guardIn, send) as Knex.SchemaBuilder & SafeOperations;
  }
}

function notPlanned(): InvalidArgumentError {
  return new InvalidArgumentError({
    operation: 'schema',
    target: 'plan',
    happened: "in mode 'plan' the guarded operations are planned, and not what Knex's own builder sends.",
    hint: 'Show what a whole migration would do, builder calls included:\n  npx holdfast plan',
  });
}
