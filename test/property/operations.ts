/**
 * The operations that random sequences are made of. A new one is one entry here: how its arguments are drawn, and what holds once it is
 * done. An entry for a method that the guard does not have yet is left out, and comes into play with the method.
 */
import { Guard } from '@holdfast/core';
import pg from 'pg';
import { type Column, type Dice, INTEGER, kept, key, type Model, type Table, TYPES } from './model.js';
import { COLUMN_NAMES, indexShape, LABELS, quote } from './schema.js';

const id = pg.escapeIdentifier;

/** By subject: `column users.a` → `there`. Two operations contradict each other when they say different things of one subject. */
type Claims = Readonly<Record<string, string>>;

export interface Call {
  readonly method: string;
  readonly args: readonly unknown[];
  /** What it finds there and leaves there. */
  readonly needs: Claims;
  /** What it makes so. */
  readonly claims: Claims;
}

interface Entry {
  readonly method: string;
  /** Default 1. */
  readonly weight?: number;
  /** Null when the model has nothing for it. Changes the model as if the operation succeeded. */
  draw(dice: Dice, model: Model): Omit<Call, 'method'> | null;
}

const GONE = 'gone';
const THERE = 'there';

/** As users write it: a plain name where there is no need for more. */
function named(object: { readonly schema: string; readonly name: string }): unknown {
  if (/[."]/.test(object.name + object.schema)) return { schema: object.schema, name: object.name };
  return object.schema === 'public' ? object.name : `${object.schema}.${object.name}`;
}

function onTable(table: Table): Claims {
  return { [`table ${key(table)}`]: THERE };
}

function onColumns(table: Table, ...columns: readonly string[]): Claims {
  return {
    ...onTable(table),
    ...Object.fromEntries(columns.map((column) => [`column ${key(table)}.${kept(column)}`, THERE])),
  };
}

const about = (what: string, table: Table, column: string): string => `${what} of ${key(table)}.${kept(column)}`;

/** Mostly a column of the table, at times one that is not there. */
function drawColumn(dice: Dice, table: Table): Column | null {
  const column = dice.pick(table.columns);
  return table.columns.length === 0 || dice.once(12) ? null : column;
}

/** Types that a btree cannot compare are none of these. */
function drawKeys(dice: Dice, table: Table): readonly string[] {
  const first = dice.pick(table.columns)?.name ?? 'id';
  const second = dice.once(3) ? 'id' : dice.once(3) ? dice.pick(table.columns)?.name : undefined;
  return second === undefined || second === first ? [first] : [first, second];
}

const ENTRIES: readonly Entry[] = [
  {
    method: 'safeAddColumn',
    weight: 4,
    draw(dice, model) {
      const table = dice.pick(model.tables);
      const name = dice.pick(COLUMN_NAMES.slice(dice.once(4) ? 0 : 3));
      const type = dice.pick(TYPES);
      const byDefault = dice.once(2) ? dice.pick(type.defaults) : null;
      const notNull = (byDefault !== null || table.rows === 0) && dice.once(2);
      const tail = [byDefault === null ? '' : ` DEFAULT ${byDefault}`, notNull ? ' NOT NULL' : ''].join('');
      const rest = drawRest(dice, { table, name, type, model });
      table.columns.push({ name: kept(name), type, default: byDefault, notNull, values: 'repeated' });
      return {
        args: [named(table), name, `${type.sql}${tail}${rest.sql}`],
        needs: { ...onTable(table), ...rest.needs },
        claims: {
          [`column ${key(table)}.${kept(name)}`]: THERE,
          [about('type', table, name)]: type.sql,
          [about('null', table, name)]: notNull ? 'NOT NULL' : 'NULL',
          [about('default', table, name)]: byDefault ?? 'none',
          ...rest.claims,
        },
      };
    },
  },
  {
    method: 'safeDropColumn',
    draw(dice, model) {
      const table = dice.pick(model.tables);
      const column = drawColumn(dice, table)?.name ?? 'no such column';
      const at = table.columns.findIndex((each) => each.name === column);
      if (at >= 0) table.columns.splice(at, 1);
      return {
        args: [named(table), column],
        needs: onTable(table),
        claims: { [`column ${key(table)}.${column}`]: GONE },
      };
    },
  },
  {
    method: 'safeSetNotNull',
    weight: 2,
    draw(dice, model) {
      const table = dice.pick(model.tables);
      const column = drawColumn(dice, table);
      const name = column?.name ?? 'no such column';
      const options = column !== null && dice.once(2) ? [{ backfill: column.type.fill }] : [];
      if (column !== null) column.notNull = true;
      return {
        args: [named(table), name, ...options],
        needs: { ...onColumns(table, name), [about('proof', table, name)]: THERE },
        claims: { [about('null', table, name)]: 'NOT NULL' },
      };
    },
  },
  {
    method: 'safeDropNotNull',
    draw(dice, model) {
      const table = dice.pick(model.tables);
      const column = drawColumn(dice, table);
      const name = column?.name ?? 'no such column';
      if (column !== null) column.notNull = false;
      return {
        args: [named(table), name],
        needs: onColumns(table, name),
        claims: { [about('null', table, name)]: 'NULL' },
      };
    },
  },
  {
    method: 'safeSetDefault',
    draw(dice, model) {
      const table = dice.pick(model.tables);
      const column = drawColumn(dice, table);
      const name = column?.name ?? 'no such column';
      const value = (column?.type ?? INTEGER).defaults[dice.below(2)] as string;
      if (column !== null) column.default = value;
      return {
        args: [named(table), name, value],
        needs: onColumns(table, name),
        claims: { [about('default', table, name)]: value },
      };
    },
  },
  {
    method: 'safeDropDefault',
    draw(dice, model) {
      const table = dice.pick(model.tables);
      const column = drawColumn(dice, table);
      const name = column?.name ?? 'no such column';
      if (column !== null) column.default = null;
      return {
        args: [named(table), name],
        needs: onColumns(table, name),
        claims: { [about('default', table, name)]: 'none' },
      };
    },
  },
  {
    method: 'safeRenameColumn',
    draw(dice, model) {
      const table = dice.pick(model.tables);
      const from = drawColumn(dice, table)?.name ?? 'no such column';
      const to = dice.pick(COLUMN_NAMES);
      const at = table.columns.findIndex((each) => each.name === from);
      if (at >= 0) table.columns[at] = { ...(table.columns[at] as Column), name: kept(to) };
      return {
        args: [named(table), from, to],
        needs: onTable(table),
        claims: { [`column ${key(table)}.${kept(to)}`]: THERE, [`column ${key(table)}.${from}`]: GONE },
      };
    },
  },
  {
    method: 'safeSetComment',
    draw(dice, model) {
      const table = dice.pick(model.tables);
      const column = dice.once(2) ? dice.pick(table.columns)?.name : undefined;
      const text = dice.pick(["what it's for", 'öß "quoted"', null]);
      return {
        args: [named(table), column, text],
        needs: onColumns(table, ...(column === undefined ? [] : [column])),
        claims: {
          [about('comment', table, column ?? '')]: String(text),
        },
      };
    },
  },
  {
    method: 'safeCreateIndex',
    weight: 3,
    draw(dice, model) {
      const table = dice.pick(model.tables);
      const columns = drawKeys(dice, table);
      const chosen = drawIndexOptions(dice, columns);
      const name = chosen.options.name;
      const shape = indexShape(table, chosen.keys.map(String), chosen.rest);
      if (name !== undefined) table.indexes.set(name, shape);
      return {
        args: [named(table), chosen.keys, chosen.options],
        needs: onColumns(table, ...columns),
        claims: {
          [shape]: THERE,
          ...(name === undefined ? {} : { [`index ${table.schema}/${name}`]: THERE }),
        },
      };
    },
  },
  {
    method: 'safeDropIndex',
    draw(dice, model) {
      const table = dice.pick(model.tables);
      const [name, shape] = dice.pick([...table.indexes]) ?? ['no such index', 'no such index'];
      table.indexes.delete(name);
      return {
        args: [named({ schema: table.schema, name })],
        needs: {},
        claims: { [shape]: GONE, [`index ${table.schema}/${name}`]: GONE },
      };
    },
  },
  {
    method: 'safeRenameIndex',
    draw(dice, model) {
      const table = dice.pick(model.tables);
      const [from, shape] = dice.pick([...table.indexes]) ?? ['no such index', 'no such index'];
      const to = dice.pick(['renamed_index', 'Renamed "Index"']);
      table.indexes.delete(from);
      table.indexes.set(to, shape);
      return {
        args: [named({ schema: table.schema, name: from }), to],
        needs: {},
        claims: { [`index ${table.schema}/${from}`]: GONE, [`index ${table.schema}/${to}`]: THERE },
      };
    },
  },
  {
    method: 'safeAddForeignKey',
    weight: 2,
    draw(dice, model) {
      const [table, parent] = [dice.pick(model.tables), dice.pick(model.tables)];
      const column = table.columns.find((each) => each.type === INTEGER)?.name ?? 'id';
      const onDelete = dice.pick([undefined, 'cascade', 'set null']);
      const name = dice.pick([undefined, 'some_key', 'Some "Key"']);
      const shape = `foreign key ${key(table)}.${column} → ${key(parent)}.id`;
      if (name !== undefined) table.constraints.set(name, shape);
      const options = { references: { table: named(parent), columns: ['id'] }, ...given({ name, onDelete }) };
      return {
        args: [named(table), [column], options],
        needs: { ...onColumns(table, column), ...onColumns(parent, 'id') },
        claims: {
          [shape]: onDelete ?? THERE,
          ...constraintClaim(table, name),
        },
      };
    },
  },
  {
    method: 'safeCreateCheckConstraint',
    weight: 2,
    draw(dice, model) {
      const table = dice.pick(model.tables);
      const column = drawColumn(dice, table)?.name ?? 'no such column';
      const expression = dice.pick([
        `${id(column)} IS NOT NULL`,
        `id > 0 OR ${id(column)} IS NULL`,
        'id BETWEEN 1 AND 1000',
        'id <> 3',
      ]);
      const name = dice.pick(['some_check', 'Some "Check"', 'k'.repeat(70)]);
      table.constraints.set(kept(name), expression);
      return {
        args: [named(table), name, expression],
        needs: expression.includes(id(column)) ? onColumns(table, column) : onTable(table),
        // A check that rules out NULL spares SET NOT NULL its scan.
        claims: { ...constraintClaim(table, name), [about('proof', table, column)]: THERE },
      };
    },
  },
  {
    method: 'safeCreateUniqueConstraint',
    weight: 2,
    draw(dice, model) {
      const table = dice.pick(model.tables);
      const columns = drawKeys(dice, table);
      const name = dice.pick([undefined, 'some_unique', 'some_index']);
      const deferrable = dice.once(4) ? true : undefined;
      const shape = `unique ${key(table)} (${columns.join(', ')})${deferrable === true ? ' deferrable' : ''}`;
      if (name !== undefined) table.constraints.set(name, shape);
      return {
        args: [named(table), columns, given({ name, deferrable })],
        needs: onColumns(table, ...columns),
        claims: { [shape]: THERE, [indexShape(table, columns, ' unique')]: THERE, ...constraintClaim(table, name) },
      };
    },
  },
  {
    method: 'safeAddPrimaryKey',
    draw(dice, model) {
      const table = model.tables.find((each) => !each.keyed) ?? dice.pick(model.tables);
      const name = dice.pick([undefined, 'some_primary']);
      table.keyed = true;
      if (name !== undefined) table.constraints.set(name, `primary key ${key(table)}`);
      return {
        args: [named(table), ['id'], given({ name })],
        needs: onColumns(table, 'id'),
        claims: { [`primary key ${key(table)}`]: THERE, ...constraintClaim(table, name) },
      };
    },
  },
  {
    method: 'safeValidateConstraint',
    draw(dice, model) {
      const table = dice.pick(model.tables);
      const [name] = dice.pick([...table.constraints]) ?? ['no such constraint'];
      return {
        args: [named(table), name],
        needs: onTable(table),
        claims: { [`constraint ${key(table)}.${name}`]: THERE },
      };
    },
  },
  {
    method: 'safeDropConstraint',
    draw(dice, model) {
      const table = dice.pick(model.tables);
      const [name, shape] = dice.pick([...table.constraints]) ?? ['no such constraint', 'no such constraint'];
      table.constraints.delete(name);
      return {
        args: [named(table), name],
        needs: onTable(table),
        claims: { [shape]: GONE, [`constraint ${key(table)}.${name}`]: GONE },
      };
    },
  },
  {
    method: 'safeRenameConstraint',
    draw(dice, model) {
      const table = dice.pick(model.tables);
      const [from, shape] = dice.pick([...table.constraints]) ?? ['no such constraint', ''];
      const to = dice.pick(['renamed_constraint', 'Renamed "Constraint"']);
      table.constraints.delete(from);
      table.constraints.set(to, shape);
      return {
        args: [named(table), from, to],
        needs: onTable(table),
        claims: {
          [`constraint ${key(table)}.${from}`]: GONE,
          [`constraint ${key(table)}.${to}`]: THERE,
        },
      };
    },
  },
  {
    method: 'safeRenameTable',
    draw(dice, model) {
      const table = dice.pick(model.tables);
      const from = { schema: table.schema, name: table.name };
      const to = { schema: table.schema, name: dice.pick(['renamed', 'Renamed "Table"']) };
      table.name = to.name;
      return {
        args: [named(from), dice.once(2) ? to : to.name],
        needs: {},
        claims: { [`table ${key(from)}`]: GONE, [`table ${key(to)}`]: THERE },
      };
    },
  },
  {
    method: 'safeDropTable',
    draw(dice, model) {
      const table = dice.pick(model.tables);
      const at = model.tables.indexOf(table);
      // The others need a table that is there.
      if (model.tables.length > 1) model.tables.splice(at, 1);
      return {
        args: [named(table), ...(dice.once(2) ? [{ allowRows: true }] : [])],
        needs: {},
        claims: { [`table ${key(table)}`]: GONE },
      };
    },
  },
  {
    method: 'safeCreateEnum',
    draw(dice, model) {
      const name = dice.pick(['state', 'Big "Enum"', 'mood']);
      const labels = LABELS.slice(0, 1 + dice.below(4));
      const type = { schema: dice.pick(['public', 'app']), name };
      if (!model.enums.some((each) => key(each) === key(type))) model.enums.push({ ...type, labels: [...labels] });
      return {
        args: [named(type), labels],
        needs: {},
        claims: {
          [`type ${key(type)}`]: THERE,
          ...Object.fromEntries(
            LABELS.map((label) => [`${key(type)}.${label}`, labels.includes(label) ? THERE : GONE]),
          ),
        },
      };
    },
  },
  {
    method: 'safeAddEnumValue',
    draw(dice, model) {
      const type = dice.pick(model.enums);
      const value = dice.pick(LABELS);
      const beside = dice.pick(type.labels) as string;
      const position = dice.pick([{}, { after: beside }, { before: beside }]);
      if (!type.labels.includes(value)) type.labels.push(value);
      return {
        args: [named(type), value, position],
        needs: { [`type ${key(type)}`]: THERE, [`${key(type)}.${beside}`]: THERE },
        claims: { [`${key(type)}.${value}`]: THERE },
      };
    },
  },
  {
    method: 'backfill',
    draw(dice, model) {
      const table = dice.pick(model.tables);
      const column = drawColumn(dice, table);
      if (column === null) return null;
      const some = dice.once(2);
      const where = some ? { where: `id % 2 = 0 AND ${id(column.name)} IS DISTINCT FROM ${sqlOf(column)}` } : {};
      return {
        args: [named(table), { set: { [column.name]: column.type.fill }, batchSize: 5, ...where }],
        needs: onColumns(table, column.name),
        claims: { [about('rows', table, column.name)]: some ? 'even ones' : 'all' },
      };
    },
  },
];

/** The value of a backfill as SQL: what a `where` says must become false by it. */
function sqlOf({ type }: Column): string {
  const text =
    typeof type.fill === 'object' && !Array.isArray(type.fill) ? JSON.stringify(type.fill) : String(type.fill);
  return Array.isArray(type.fill) ? `'{${type.fill.join(',')}}'` : pg.escapeLiteral(text);
}

interface NewColumn {
  readonly table: Table;
  readonly name: string;
  readonly type: Column['type'];
  readonly model: Model;
}

/** What a definition carries besides the column. */
function drawRest(
  dice: Dice,
  { table, name, type, model }: NewColumn,
): { readonly sql: string; readonly needs: Claims; readonly claims: Claims } {
  const parent = dice.pick(model.tables);
  const shape = `foreign key ${key(table)}.${kept(name)} → ${key(parent)}.id`;
  const rest = [
    {
      sql: ' UNIQUE',
      needs: {},
      claims: { [`unique ${key(table)} (${kept(name)})`]: THERE, [indexShape(table, [kept(name)], ' unique')]: THERE },
      fits: type.sql !== 'text[]' && !table.partitioned,
    },
    {
      sql: ` REFERENCES ${quote(parent)} (id)`,
      needs: onColumns(parent, 'id'),
      claims: { [shape]: THERE },
      fits: type === INTEGER,
    },
    {
      sql: ` CONSTRAINT carried CHECK (${id(kept(name))} IS NULL OR id > 0)`,
      needs: {},
      claims: constraintClaim(table, 'carried'),
      fits: true,
    },
  ];
  const chosen = dice.once(2) ? dice.pick(rest) : undefined;
  return chosen?.fits === true ? chosen : { sql: '', needs: {}, claims: {} };
}

interface DrawnIndex {
  readonly keys: readonly unknown[];
  readonly options: { readonly name?: string };
  /** What makes it another index than one on the same keys. */
  readonly rest: string;
}

function drawIndexOptions(dice: Dice, columns: readonly string[]): DrawnIndex {
  const name = dice.pick([undefined, 'some_index', 'other_index', 'Third "Index"']);
  const kind = dice.pick(['plain', 'unique', 'descending', 'partial', 'include', 'expression']);
  const [first = 'id', ...others] = columns;
  const keys: readonly unknown[] =
    kind === 'descending'
      ? [{ column: first, order: 'desc', nulls: 'last' }, ...others]
      : kind === 'expression'
        ? [{ expression: `${id(first)} IS NULL` }, ...others]
        : columns;
  const more = {
    unique: kind === 'unique' ? true : undefined,
    where: kind === 'partial' ? `id > 0 AND ${id(first)} IS NOT NULL` : undefined,
    include: kind === 'include' && !columns.includes('id') ? ['id'] : undefined,
  };
  return { keys, options: given({ name, ...more }), rest: ` ${kind}` };
}

function constraintClaim(table: Table, name: string | undefined): Claims {
  return name === undefined ? {} : { [`constraint ${key(table)}.${kept(name)}`]: THERE };
}

/** Without what is undefined. */
function given<T extends object>(options: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}

const DECK = ENTRIES.filter((entry) => entry.method in Guard.prototype).flatMap((entry) =>
  Array.from({ length: entry.weight ?? 1 }, () => entry),
);

/** One call; null when the model has nothing for it. */
export function drawCall(dice: Dice, model: Model): Call | null {
  const entry = dice.pick(DECK);
  const drawn = entry.draw(dice, model);
  return drawn === null ? null : { method: entry.method, ...drawn };
}

/**
 * Monotone: no operation takes back or contradicts what an earlier one has said. Whoever runs such a sequence again, from wherever it was
 * cut, must end where the first run ended. (A column that is added NULL and then set NOT NULL is none: run again, the first operation
 * finds another column than it asks for, and says so.)
 */
export function isMonotone(calls: readonly Call[]): boolean {
  const said = new Map<string, string>();
  for (const { needs, claims } of calls)
    for (const [subject, value] of Object.entries({ ...needs, ...claims })) {
      if ((said.get(subject) ?? value) !== value) return false;
      said.set(subject, value);
    }
  return true;
}

/** Those that have nothing to do with what an earlier one makes: their plan is the same before and after the others. */
export function independent(calls: readonly Call[]): readonly boolean[] {
  const made = new Set<string>();
  return calls.map(({ needs, claims }) => {
    const subjects = Object.keys({ ...needs, ...claims });
    const free = !subjects.some((subject) => made.has(subject));
    for (const subject of Object.keys(claims)) made.add(subject);
    return free;
  });
}
