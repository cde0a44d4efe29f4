import { expect, test } from 'vitest';
import { parseTableDefinition } from './table-definition.js';

const TABLE = { schema: 'app', name: 'users' };
const read = (text: string) => parseTableDefinition('safeCreateTable', TABLE, text);

test('takes columns and constraints apart', () => {
  const { columns, ...constraints } = read(`
    id bigint GENERATED ALWAYS AS IDENTITY, "Full, Name" text DEFAULT 'a,b' CHECK ("Full, Name" <> ')'), -- a comment, too
    price numeric(10, 2), exclude text, PRIMARY KEY (id, "Full, Name") DEFERRABLE,
    CONSTRAINT late UNIQUE NULLS DISTINCT (price) INITIALLY DEFERRED, CHECK (price > 0 AND id IN (1, 2)),
    FOREIGN KEY (id, price) REFERENCES "x.y".orgs (a, "B") MATCH FULL ON UPDATE SET NULL ON DELETE CASCADE NOT DEFERRABLE`);
  expect(columns.map(({ name }) => name)).toEqual(['id', 'Full, Name', 'price', 'exclude']);
  expect(constraints).toEqual({
    primaryKey: { columns: ['id', 'Full, Name'], deferrable: 'immediate' },
    uniques: [{ columns: ['price'], name: 'late', deferrable: 'deferred' }],
    checks: [{ expression: `"Full, Name" <> ')'` }, { expression: 'price > 0 AND id IN (1, 2)' }],
    foreignKeys: [
      {
        columns: ['id', 'price'],
        references: { table: { schema: 'x.y', name: 'orgs' }, columns: ['a', 'B'] },
        match: 'full',
        onUpdate: 'set null',
        onDelete: 'cascade',
      },
    ],
  });
});

test.each([
  'id int, LIKE orgs',
  'id int, EXCLUDE USING gist (id WITH =)',
  'id int, UNIQUE NULLS NOT DISTINCT (id)',
  'id int, UNIQUE (id) INCLUDE (id)',
  'id int, UNIQUE (id) WITH (fillfactor = 70)',
  'id int, PRIMARY KEY (id) USING INDEX TABLESPACE fast',
  'id int, CHECK (id > 0) NO INHERIT',
  'id int, CHECK (id > 0) NOT ENFORCED',
  'id int, CHECK (id > 0) NOT VALID',
  'id int, FOREIGN KEY (id) REFERENCES orgs (id) ON DELETE SET NULL (id)',
  'id int, FOREIGN KEY (id) REFERENCES orgs (id) MATCH PARTIAL',
  'id int, CONSTRAINT filled NOT NULL id',
  'id int, NOT NULL id',
])('refuses what it cannot carry: %s', (text) => {
  expect(() => read(text)).toThrow(expect.objectContaining({ code: 'HF_UNSUPPORTED' }));
});

test.each([
  '',
  ',',
  'id',
  'id int,',
  'id int,, x int',
  'id int); DROP TABLE users; --',
  'id int; DROP TABLE users',
  'id int) PARTITION BY RANGE (id',
  "id int DEFAULT 'open",
  'id int CONSTRAINT filled NOT NULL',
  'id int, PRIMARY KEY (id), PRIMARY KEY (id)',
  'id int, FOREIGN KEY (id) REFERENCES orgs',
  '5 int',
])('refuses what is no list of columns and constraints: %s', (text) => {
  expect(() => read(text)).toThrow(expect.objectContaining({ code: 'HF_ARGUMENT' }));
});
