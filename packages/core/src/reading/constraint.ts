/** ADD CONSTRAINT. */
import type { Constraint } from 'libpg-query';
import { defaultName } from '../catalog/generated-names.js';
import { child } from '../engine/operation.js';
import { StepFailedError } from '../errors.js';
import { type ObjectName, printName } from '../names.js';
import { addForeignKey } from '../operations/add-foreign-key.js';
import { addPrimaryKey } from '../operations/add-primary-key.js';
import { createCheckConstraint } from '../operations/create-check-constraint.js';
import { createUniqueConstraint } from '../operations/create-unique-constraint.js';
import { readConstraint } from '../read-constraint.js';
import { sql } from '../sql.js';
import { SqlReader } from '../sql-reader.js';
import { skipWords, textFrom } from './clauses.js';
import { existsOn } from './objects.js';
import { isThere } from './presence.js';
import type { Clause } from './reading.js';
import { unreadable } from './unreadable.js';

/** `text`: `ADD CONSTRAINT …`. Without a name the server makes another one each time. */
export function constraintClause(table: ObjectName, text: string, constraint: Constraint): Clause {
  const { conname } = constraint;
  const clause = unreadable(text, () => readClause(table, text, constraint.skip_validation === true));
  const named = conname === undefined ? { again: true as const } : { makes: `constraint ${conname}` };
  if (typeof clause.judge === 'object' && 'why' in clause.judge && conname !== undefined) {
    const there = existsOn('OBJECT_TABCONSTRAINT', table, conname);
    // It has the name; whether it is the same one nothing tells.
    return {
      ...named,
      text,
      judge: isThere(`${printName(table)}.${conname}`, text, sql`case when ${there} then null else false end`),
    };
  }
  return { ...clause, ...named };
}

function readClause(table: ObjectName, text: string, notValid: boolean): Clause {
  const body = textFrom(text, skipWords(text, 'add'));
  const own = notValid ? body.replace(/\s+NOT\s+VALID\s*$/i, '') : body;
  const read = readConstraint(new SqlReader(own, () => unread(own)));
  const whole = notValid ? { unfinished: true as const } : { stands: true as const };
  switch (read.kind) {
    case 'foreign key':
      return { text, judge: child(addForeignKey, { table, key: read.foreignKey }), ...whole };
    case 'check': {
      const { name = defaultName(table.name, [], 'check'), expression } = read.check;
      return { text, judge: child(createCheckConstraint, { table, name, expression }), ...whole };
    }
    case 'unique':
      return { text, judge: child(createUniqueConstraint, { table, ...read.unique }), stands: true };
    default: {
      const { columns, name, deferrable } = read.primaryKey;
      if (deferrable !== undefined) throw unread(own);
      return {
        text,
        judge: child(addPrimaryKey, { table, columns, ...(name === undefined ? {} : { name }) }),
        stands: true,
      };
    }
  }
}

function unread(text: string): StepFailedError {
  return new StepFailedError({
    operation: 'ALTER TABLE',
    target: '',
    happened: `no operation makes it: ${text}`,
    hint: '',
  });
}
