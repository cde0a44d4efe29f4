/** The methods for privileges. */
import { oneOf, splitOptions, wrong } from '../arguments.js';
import { type AccessArguments, COLUMN_PRIVILEGES, type Grantable, PRIVILEGES } from '../catalog/access.js';
import { parseSignature } from '../catalog/functions.js';
import type { OperationOptions } from '../engine/context.js';
import { child } from '../engine/operation.js';
import { requireName, requireNames, type TableName } from '../names.js';
import { grant } from '../operations/grant.js';
import { revoke } from '../operations/revoke.js';
import type { Outcome } from '../outcome.js';
import type { HostForms } from '../session.js';
import { ObjectMethods } from './objects.js';

/** `all`: whatever the server knows for such an object. `maintain`: from PostgreSQL 17 on. */
export type Privilege = 'all' | (typeof PRIVILEGES)[Grantable['kind']][number];

export interface RevokeOptions {
  /** What the first argument names. `table`: a view, a materialized view and a foreign table as well. Default `table`. */
  readonly on?: Grantable['kind'];
  /** These columns of the table alone. Default: the whole. */
  readonly columns?: readonly string[];
}

export interface GrantOptions extends RevokeOptions {
  /** The roles may grant it on. Default false; an option that is there stays. */
  readonly withGrantOption?: boolean;
}

type OneOrMore<T> = T | readonly T[];

export abstract class AccessMethods<F extends HostForms> extends ObjectMethods<F> {
  /**
   * Gives roles privileges on a table, or what `on` says; a function by its signature, `touch()`. Rejects with `PrivilegeError` before any
   * change when the current role may not grant all of them.
   */
  async safeGrant(
    object: TableName,
    privileges: OneOrMore<Privilege>,
    to: OneOrMore<string>,
    options?: GrantOptions & OperationOptions,
  ): Promise<Outcome> {
    const operation = grant.name;
    const { common, own } = splitOptions<GrantOptions>(operation, options, ['on', 'columns', 'withGrantOption']);
    oneOf(operation, 'withGrantOption', own.withGrantOption, [true, false]);
    const { withGrantOption = false } = own;
    if (withGrantOption && [to].flat().includes('public'))
      throw wrong(operation, 'withGrantOption', 'the server gives no grant option to public');
    return this.run.perform(
      child(grant, { ...this.access(operation, { object, privileges, roles: to, ...own }), withGrantOption }),
      common,
    );
  }
  /**
   * Takes privileges on a table, or what `on` says, away from roles. Rejects, before any change, with `PrivilegeError` when another role has
   * granted them, and with `RefusedError` when they are held on the whole table and columns are asked for.
   */
  async safeRevoke(
    object: TableName,
    privileges: OneOrMore<Privilege>,
    from: OneOrMore<string>,
    options?: RevokeOptions & OperationOptions,
  ): Promise<Outcome> {
    const operation = revoke.name;
    const { common, own } = splitOptions<RevokeOptions>(operation, options, ['on', 'columns']);
    return this.run.perform(child(revoke, this.access(operation, { object, privileges, roles: from, ...own })), common);
  }

  private access(
    operation: string,
    given: RevokeOptions & {
      readonly object: TableName;
      readonly privileges: OneOrMore<Privilege>;
      readonly roles: OneOrMore<string>;
    },
  ): AccessArguments {
    const { on: kind = 'table', columns } = given;
    oneOf(operation, 'on', kind, Object.keys(PRIVILEGES));
    if (columns !== undefined) {
      if (kind !== 'table') throw wrong(operation, 'columns', `a ${kind} has none`);
      requireNames(operation, 'columns', columns);
    }
    const [privileges, roles] = [[given.privileges].flat(), [given.roles].flat()];
    requireNames(operation, 'privileges', privileges);
    requireNames(operation, 'roles', roles);
    if (privileges.includes('all') && privileges.length > 1)
      throw wrong(operation, 'privileges', 'all stands alone: it holds the others');
    const known = columns === undefined ? PRIVILEGES[kind] : COLUMN_PRIVILEGES;
    for (const privilege of privileges) oneOf(operation, 'privileges', privilege, ['all', ...known]);
    return { on: this.grantable(operation, kind, given.object, columns), privileges, roles };
  }

  private grantable(
    operation: string,
    kind: Grantable['kind'],
    object: TableName,
    columns: readonly string[] | undefined,
  ): Grantable {
    if (kind === 'function') return { kind, signature: parseSignature(operation, object, this.run.settings.schema) };
    if (kind === 'schema') {
      requireName(operation, 'schema', object);
      return { kind, name: { schema: undefined, name: object } };
    }
    const name = this.name(operation, object);
    return kind === 'table' ? { kind, name, columns } : { kind, name };
  }
}
