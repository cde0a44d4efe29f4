/** A random schema with rows: as SQL that makes it anew, and as the model of it. */
import pg from 'pg';
import { type Column, type Dice, INTEGER, type Model, type Table, TYPES } from './model.js';

const id = pg.escapeIdentifier;
const literal = pg.escapeLiteral;

const SCHEMAS = ['public', 'app', 'Big "Schema"'] as const;

const TABLES = [
  { schema: 'public', name: 'users', partitioned: false },
  { schema: 'app', name: 'orders', partitioned: false },
  { schema: 'public', name: 'Mixed "Case"', partitioned: false },
  { schema: 'public', name: 'parts', partitioned: true },
  { schema: 'public', name: `${'é'.repeat(31)}t`, partitioned: false },
  { schema: 'Big "Schema"', name: 'a.b', partitioned: false },
] as const;

/** The last one is longer than the server takes. */
export const COLUMN_NAMES = ['a', 'b', 'c', 'state', 'Mixed "Name"', 'select', 'x'.repeat(63), 'z'.repeat(70)] as const;

export const LABELS = ['sad', 'ok', 'happy', "it's", 'ö'] as const;

const ROWS = [0, 3, 12] as const;
const VALUES = ['distinct', 'repeated', 'with nulls'] as const;

export interface Schema {
  /** Drops all that there is in these schemas, and makes it anew. */
  readonly sql: string;
  readonly model: Model;
}

export function drawSchema(dice: Dice): Schema {
  const first = dice.below(TABLES.length);
  const tables = Array.from({ length: 1 + dice.below(3) }, (_, i) =>
    drawTable(dice, (first + i * 2 + (i > 2 ? 1 : 0)) % TABLES.length),
  );
  const model: Model = {
    tables: tables.filter((table, i) => tables.findIndex((other) => other.name === table.name) === i),
    enums: [{ schema: 'app', name: 'mood', labels: ['sad', 'ok'] }],
  };
  const drop = SCHEMAS.map((schema) => `DROP SCHEMA IF EXISTS ${id(schema)} CASCADE; CREATE SCHEMA ${id(schema)};`);
  const sql = [
    ...drop,
    "CREATE TYPE app.mood AS ENUM ('sad', 'ok');",
    ...model.tables.map(createTable),
    ...extras(dice, model),
  ];
  return { sql: sql.join('\n'), model };
}

function drawTable(dice: Dice, index: number): Table {
  const { schema, name, partitioned } = TABLES[index] as (typeof TABLES)[number];
  const rows = dice.pick(ROWS);
  const columns: Column[] = Array.from({ length: 1 + dice.below(4) }, (_, i) => {
    const type = dice.pick(TYPES);
    const values = dice.pick(VALUES);
    return {
      name: COLUMN_NAMES[i] as string,
      type,
      values,
      notNull: values !== 'with nulls' && dice.once(3),
      default: dice.once(3) ? type.defaults[0] : null,
    };
  });
  const keyed = partitioned || !dice.once(4);
  return { schema, name, partitioned, rows, keyed, columns, indexes: new Map(), constraints: new Map() };
}

export function quote(table: { readonly schema: string; readonly name: string }): string {
  return `${id(table.schema)}.${id(table.name)}`;
}

function createTable(table: Table): string {
  const name = quote(table);
  const columns = table.columns.map(
    (column) =>
      `${id(column.name)} ${column.type.sql}${column.default === null ? '' : ` DEFAULT ${column.default}`}${column.notNull ? ' NOT NULL' : ''}`,
  );
  const own = [`id integer NOT NULL${table.keyed ? ' PRIMARY KEY' : ''}`, ...columns];
  const statements = [`CREATE TABLE ${name} (${own.join(', ')})${table.partitioned ? ' PARTITION BY HASH (id)' : ''};`];
  for (const part of table.partitioned ? [0, 1] : [])
    statements.push(
      `CREATE TABLE ${quote({ schema: table.schema, name: `${table.name}_${part}` })} PARTITION OF ${name} FOR VALUES WITH (MODULUS 2, REMAINDER ${part});`,
    );
  if (table.rows > 0)
    statements.push(
      `INSERT INTO ${name} SELECT ${['i', ...table.columns.map(sqlValue)].join(', ')} FROM generate_series(1, ${table.rows}) i;`,
    );
  return statements.join('\n');
}

function sqlValue({ type, values }: Column): string {
  if (values === 'distinct') return type.value;
  if (values === 'repeated') return `(SELECT ${type.value} FROM (SELECT 1 + i % 2 AS i) i)`;
  return `CASE WHEN i % 3 <> 0 THEN ${type.value} END`;
}

/** What hangs on the tables: views, indexes, a foreign key, a trigger, a policy, comments. */
function extras(dice: Dice, model: Model): readonly string[] {
  return model.tables.flatMap((table, i) => {
    const { columns } = table;
    const statements: string[] = [];
    const column = dice.pick(columns);
    if (dice.once(3))
      statements.push(`CREATE VIEW app.view_${i} AS SELECT id, ${id(column.name)} FROM ${quote(table)};`);
    const indexed = dice.pick(columns);
    if (dice.once(2) && indexed.type.sql !== 'text[]') {
      const name = `old_index_${i}`;
      statements.push(`CREATE INDEX ${name} ON ${quote(table)} (${id(indexed.name)});`);
      table.indexes.set(name, indexShape(table, [indexed.name], ' plain'));
    }
    const parent = dice.pick(model.tables);
    const child = columns.find((each) => each.type === INTEGER);
    if (dice.once(3) && child !== undefined && parent.keyed && parent.rows >= table.rows) {
      const name = `old_key_${i}`;
      statements.push(
        `ALTER TABLE ${quote(table)} ADD CONSTRAINT ${name} FOREIGN KEY (${id(child.name)}) REFERENCES ${quote(parent)} (id);`,
      );
      table.constraints.set(name, `foreign key ${id(child.name)} → ${quote(parent)}`);
    }
    if (dice.once(4))
      statements.push(
        `CREATE FUNCTION app.nothing_${i}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER noted BEFORE INSERT ON ${quote(table)} FOR EACH ROW EXECUTE FUNCTION app.nothing_${i}();`,
        `CREATE POLICY everybody ON ${quote(table)} USING (id > 0); COMMENT ON TABLE ${quote(table)} IS ${literal("the table's comment")};`,
      );
    return statements;
  });
}

/** Two indexes of one shape count as one to `safeCreateIndex`, whatever their names are. */
export function indexShape(table: Table, keys: readonly string[], rest: string): string {
  return `index on ${quote(table)} (${keys.join(', ')})${rest}`;
}
