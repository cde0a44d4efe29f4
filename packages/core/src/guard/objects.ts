/** The methods for schema objects: schemas, extensions, functions, triggers, row level security, policies, views, sequences. */
import { oneOf, requireStatement, requireText, splitOptions, wrong } from '../arguments.js';
import { parseSignature } from '../catalog/functions.js';
import type { OperationOptions } from '../engine/context.js';
import { child } from '../engine/operation.js';
import { requireName, requireNames, type TableName } from '../names.js';
import { createExtension, type ExtensionOptions } from '../operations/create-extension.js';
import { createFunction } from '../operations/create-function.js';
import { createPolicy, POLICY_COMMANDS, type PolicyOptions } from '../operations/create-policy.js';
import { createSchema } from '../operations/create-schema.js';
import { createSequence, SEQUENCE_TYPES, type SequenceOptions } from '../operations/create-sequence.js';
import { createTrigger, placed } from '../operations/create-trigger.js';
import { createView } from '../operations/create-view.js';
import { disableRowLevelSecurity } from '../operations/disable-row-level-security.js';
import { dropExtension } from '../operations/drop-extension.js';
import { dropFunction } from '../operations/drop-function.js';
import { dropPolicy } from '../operations/drop-policy.js';
import { dropSchema } from '../operations/drop-schema.js';
import { dropSequence } from '../operations/drop-sequence.js';
import { dropTrigger } from '../operations/drop-trigger.js';
import { dropView } from '../operations/drop-view.js';
import { enableRowLevelSecurity } from '../operations/enable-row-level-security.js';
import type { Outcome } from '../outcome.js';
import type { HostForms } from '../session.js';
import { EnumMethods } from './enums.js';

export abstract class ObjectMethods<F extends HostForms> extends EnumMethods<F> {
  /** Makes a schema; with `owner`, one that is there must belong to that role. */
  async safeCreateSchema(schema: string, options?: { readonly owner?: string } & OperationOptions): Promise<Outcome> {
    const operation = createSchema.name;
    const { common, own } = splitOptions<{ readonly owner?: string }>(operation, options, ['owner']);
    requireName(operation, 'schema', schema);
    if (own.owner !== undefined) requireName(operation, 'owner', own.owner);
    return this.run.perform(child(createSchema, { schema, ...own }), common);
  }
  /** Drops a schema that is empty; else names what is in it. */
  async safeDropSchema(schema: string, options?: OperationOptions): Promise<Outcome> {
    const { common } = splitOptions(dropSchema.name, options, []);
    requireName(dropSchema.name, 'schema', schema);
    return this.run.perform(child(dropSchema, { schema }), common);
  }
  /** Installs an extension that the server has; one that is installed must have the schema and version that are named. */
  async safeCreateExtension(extension: string, options?: ExtensionOptions & OperationOptions): Promise<Outcome> {
    const operation = createExtension.name;
    const { common, own } = splitOptions<ExtensionOptions>(operation, options, ['schema', 'version']);
    requireName(operation, 'extension', extension);
    if (own.schema !== undefined) requireName(operation, 'schema', own.schema);
    if (own.version !== undefined) requireName(operation, 'version', own.version);
    return this.run.perform(child(createExtension, { extension, ...own }), common);
  }
  /** Removes an extension after naming what uses it. */
  async safeDropExtension(extension: string, options?: OperationOptions): Promise<Outcome> {
    const { common } = splitOptions(dropExtension.name, options, []);
    requireName(dropExtension.name, 'extension', extension);
    return this.run.perform(child(dropExtension, { extension }), common);
  }
  /**
   * Makes a function. `signature` is its name with the arguments, `touch()`; `definition` what stands behind them: `RETURNS trigger
   * LANGUAGE plpgsql AS $$ … $$`. One that is there must be the same, unless `replace` puts the new one in its place.
   */
  async safeCreateFunction(
    signature: string,
    definition: string,
    options?: { readonly replace?: boolean } & OperationOptions,
  ): Promise<Outcome> {
    const operation = createFunction.name;
    const { common, own } = splitOptions<{ readonly replace?: boolean }>(operation, options, ['replace']);
    oneOf(operation, 'replace', own.replace, [true, false]);
    const parsed = parseSignature(operation, signature, this.run.settings.schema);
    requireText(operation, 'definition', definition);
    // The body in standard SQL holds statements of its own.
    const text = /\batomic\b/i.test(definition) ? definition : requireStatement(operation, 'definition', definition);
    return this.run.perform(child(createFunction, { signature: parsed, definition: text, ...own }), common);
  }
  /** Drops the function of this signature, `touch()`, after naming what depends on it. */
  async safeDropFunction(signature: string, options?: OperationOptions): Promise<Outcome> {
    const operation = dropFunction.name;
    const { common } = splitOptions(operation, options, []);
    const parsed = parseSignature(operation, signature, this.run.settings.schema);
    return this.run.perform(child(dropFunction, { signature: parsed }), common);
  }
  /** Makes a trigger. `definition` is what stands behind its name, without the table: `BEFORE UPDATE FOR EACH ROW EXECUTE FUNCTION touch()`. */
  async safeCreateTrigger(
    table: TableName,
    name: string,
    definition: string,
    options?: { readonly constraint?: boolean } & OperationOptions,
  ): Promise<Outcome> {
    const operation = createTrigger.name;
    const { common, own } = splitOptions<{ readonly constraint?: boolean }>(operation, options, ['constraint']);
    return this.perform(operation, table, common, (t) => {
      requireName(operation, 'name', name);
      requireStatement(operation, 'definition', definition);
      oneOf(operation, 'constraint', own.constraint, [true, false]);
      if (placed(definition, 't') === null) {
        const example = 'BEFORE UPDATE FOR EACH ROW EXECUTE FUNCTION touch()';
        throw wrong(
          operation,
          'definition',
          `must be what stands behind the name, without ON and the table, such as ${example}`,
        );
      }
      return child(createTrigger, { table: t, name, definition, ...own });
    });
  }
  /** Drops a trigger; its function stays. */
  async safeDropTrigger(table: TableName, name: string, options?: OperationOptions): Promise<Outcome> {
    return this.perform(dropTrigger.name, table, options, (t) => {
      requireName(dropTrigger.name, 'name', name);
      return child(dropTrigger, { table: t, name });
    });
  }
  /** Enables row level security. `force` holds the owner to the policies as well (true) or not (false); left out, that stays as it is. */
  async safeEnableRowLevelSecurity(
    table: TableName,
    options?: { readonly force?: boolean } & OperationOptions,
  ): Promise<Outcome> {
    const operation = enableRowLevelSecurity.name;
    const { common, own } = splitOptions<{ readonly force?: boolean }>(operation, options, ['force']);
    oneOf(operation, 'force', own.force, [true, false]);
    return this.perform(operation, table, common, (t) => child(enableRowLevelSecurity, { table: t, ...own }));
  }
  /** Disables row level security, and FORCE with it. The policies stay. */
  async safeDisableRowLevelSecurity(table: TableName, options?: OperationOptions): Promise<Outcome> {
    return this.perform(disableRowLevelSecurity.name, table, options, (t) =>
      child(disableRowLevelSecurity, { table: t }),
    );
  }
  /** Makes a policy; one that is there must be for the same command and roles, with the same conditions. */
  async safeCreatePolicy(table: TableName, name: string, options: PolicyOptions & OperationOptions): Promise<Outcome> {
    const operation = createPolicy.name;
    const { common, own } = splitOptions<PolicyOptions>(operation, options, ['using', 'withCheck', 'for', 'to', 'as']);
    return this.perform(operation, table, common, (t) => {
      requireName(operation, 'name', name);
      requirePolicy(operation, own);
      return child(createPolicy, { table: t, name, policy: own });
    });
  }
  /** Drops a policy. */
  async safeDropPolicy(table: TableName, name: string, options?: OperationOptions): Promise<Outcome> {
    return this.perform(dropPolicy.name, table, options, (t) => {
      requireName(dropPolicy.name, 'name', name);
      return child(dropPolicy, { table: t, name });
    });
  }
  /** Makes a view; one that is there must have the same query, unless `replace` puts the new one in its place. */
  async safeCreateView(
    view: TableName,
    select: string,
    options?: { readonly replace?: boolean } & OperationOptions,
  ): Promise<Outcome> {
    const operation = createView.name;
    const { common, own } = splitOptions<{ readonly replace?: boolean }>(operation, options, ['replace']);
    oneOf(operation, 'replace', own.replace, [true, false]);
    return this.perform(operation, view, common, (v) => {
      const query = requireStatement(operation, 'select', select);
      if (/\bwith\s+(?:local\s+|cascaded\s+)?check\s+option\s*$/i.test(query))
        throw wrong(operation, 'select', 'WITH CHECK OPTION is no part of the query, and is not made here');
      return child(createView, { view: v, select: query, ...own });
    });
  }
  /** Drops a view or materialized view after naming what depends on it. */
  async safeDropView(view: TableName, options?: OperationOptions): Promise<Outcome> {
    return this.perform(dropView.name, view, options, (v) => child(dropView, { view: v }));
  }
  /** Makes a sequence; one that is there must have the same type, step, limits, start and cache. The number it has come to is its own. */
  async safeCreateSequence(sequence: TableName, options?: SequenceOptions & OperationOptions): Promise<Outcome> {
    const operation = createSequence.name;
    const numbers = ['start', 'increment', 'minValue', 'maxValue', 'cache'] as const;
    const { common, own } = splitOptions<SequenceOptions>(operation, options, ['as', 'cycle', ...numbers]);
    oneOf(operation, 'as', own.as, SEQUENCE_TYPES);
    oneOf(operation, 'cycle', own.cycle, [true, false]);
    for (const key of numbers) {
      const value: unknown = own[key];
      if (value !== undefined && typeof value !== 'bigint' && !Number.isSafeInteger(value))
        throw wrong(operation, key, 'must be a whole number; from 2 ** 53 on a bigint');
    }
    return this.perform(operation, sequence, common, (s) => child(createSequence, { sequence: s, options: own }));
  }
  /** Drops a sequence after naming what takes its numbers from it. */
  async safeDropSequence(sequence: TableName, options?: OperationOptions): Promise<Outcome> {
    return this.perform(dropSequence.name, sequence, options, (s) => child(dropSequence, { sequence: s }));
  }
}

function requirePolicy(operation: string, policy: PolicyOptions): void {
  const { using, withCheck, to } = policy;
  oneOf(operation, 'for', policy.for, POLICY_COMMANDS);
  oneOf(operation, 'as', policy.as, ['permissive', 'restrictive']);
  if (using !== undefined) requireStatement(operation, 'using', using);
  if (withCheck !== undefined) requireStatement(operation, 'withCheck', withCheck);
  if (using === undefined && withCheck === undefined)
    throw wrong(operation, 'using, withCheck', 'at least one of them says which rows the policy is about');
  if (policy.for === 'insert' && using !== undefined)
    throw wrong(operation, 'using', 'a row that is inserted is not there yet: use withCheck');
  if ((policy.for === 'select' || policy.for === 'delete') && withCheck !== undefined)
    throw wrong(operation, 'withCheck', `nothing is written by ${policy.for}: use using`);
  if (typeof to === 'string') requireName(operation, 'to', to);
  else if (to !== undefined) requireNames(operation, 'to', to);
}
