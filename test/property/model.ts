/** What the generator knows of a database: enough to ask for sensible operations, not enough to predict them. */

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  /** Null when it has none, or when the model does not know. */
  default: string | null;
  notNull: boolean;
  /** How the rows fill it. */
  readonly values: 'distinct' | 'repeated' | 'with nulls';
}

export interface Table {
  schema: string;
  name: string;
  readonly partitioned: boolean;
  readonly rows: number;
  /** It has a primary key on `id`. */
  keyed: boolean;
  readonly columns: Column[];
  /** Indexes and constraints by name, each with what it is: see `shape`. */
  readonly indexes: Map<string, string>;
  readonly constraints: Map<string, string>;
}

interface Enum {
  readonly schema: string;
  readonly name: string;
  readonly labels: string[];
}

export interface Model {
  readonly tables: Table[];
  readonly enums: Enum[];
}

export interface ColumnType {
  readonly sql: string;
  /** The value of row `i`, as SQL. */
  readonly value: string;
  /** Two values, as SQL. */
  readonly defaults: readonly [string, string];
  /** A value as it is passed to `backfill`. */
  readonly fill: unknown;
}

export const INTEGER: ColumnType = { sql: 'integer', value: 'i', defaults: ['0', '7'], fill: 42 };
export const TYPES: readonly ColumnType[] = [
  INTEGER,
  { sql: 'text', value: "'text ' || i", defaults: ["''", "'it''s'"], fill: "it's" },
  { sql: 'varchar(20)', value: "'v' || i", defaults: ["'x'", "'y'::varchar"], fill: 'filled' },
  { sql: 'bigint', value: 'i * 1000', defaults: ['1', '-1'], fill: 43 },
  { sql: 'boolean', value: 'i % 2 = 0', defaults: ['true', "'f'"], fill: false },
  { sql: 'numeric(10,2)', value: 'i / 4.0', defaults: ['1.50', '0'], fill: '12.25' },
  {
    sql: 'timestamptz',
    value: "timestamptz '2020-01-01 00:00+00' + i * interval '1 day'",
    defaults: ["'2020-01-01 00:00+00'", "'2021-01-01 00:00+00'::timestamptz"],
    fill: '2022-02-02 00:00:00+00',
  },
  { sql: 'jsonb', value: "jsonb_build_object('i', i)", defaults: ["'{}'", `'{"a": 1}'::jsonb`], fill: { b: 2 } },
  { sql: 'text[]', value: 'ARRAY[i::text]', defaults: ["'{}'", "ARRAY['a']"], fill: ['z'] },
  {
    sql: 'app.mood',
    value: "(CASE WHEN i % 2 = 0 THEN 'sad' ELSE 'ok' END)::app.mood",
    defaults: ["'sad'", "'ok'::app.mood"],
    fill: 'ok',
  },
];

/** Numbers that fast-check has drawn, used up one after the other: smaller numbers are simpler choices, so that a failure shrinks. */
export class Dice {
  #at = 0;
  constructor(private readonly numbers: readonly number[]) {}

  below(limit: number): number {
    const number = this.numbers[this.#at % this.numbers.length] as number;
    this.#at += 1;
    return limit === 0 ? 0 : number % limit;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T;
  }

  /** Once in `times`; never once all numbers have shrunk to 0. */
  once(times: number): boolean {
    return this.below(times) === times - 1;
  }
}

/** A name as the server keeps it. The generator cuts between bytes of ASCII only. */
export function kept(name: string): string {
  return Buffer.from(name).subarray(0, 63).toString();
}

export function key(object: { readonly schema: string; readonly name: string }): string {
  return `${object.schema}/${object.name}`;
}
