import { expect, test } from 'vitest';
import { writtenKeys } from './written-keys.js';

const AFTER = new Map(
  [
    'table public.a',
    'column public.a.b',
    'column public.a."C"',
    'table app.a',
    'table public.watched',
    'trigger public.watched.watch',
    'view public.v',
    'table public.copy',
    'function public.fill(integer)',
  ].map((key) => [key, '']),
);

test.each([
  [['INSERT INTO public.a VALUES (1)'], ['table public.a']],
  [['UPDATE public.a SET b = 1, "C" = 2'], ['column public.a."C"', 'column public.a.b']],
  [
    ['DELETE FROM app.a', 'TRUNCATE copy'],
    ['table app.a', 'table public.copy'],
  ],
  [['CREATE TABLE copy AS SELECT * FROM public.a'], ['table public.copy']],
  [['COPY copy FROM STDIN', 'SELECT 1', 'ALTER TABLE copy ADD x int'], ['table public.copy']],
  [['CREATE TEMP TABLE gone (x int); INSERT INTO gone VALUES (1)'], []],
  [["INSERT INTO knex_migrations (name) VALUES ('x')"], []],
  [['INSERT INTO a VALUES (1)'], undefined],
  [['INSERT INTO watched VALUES (1)'], undefined],
  [['INSERT INTO v VALUES (1)'], undefined],
  [['INSERT INTO public.a SELECT fill(1)'], undefined],
  [['SELECT fill(1) FROM public.a'], undefined],
  [['WITH x AS (DELETE FROM copy RETURNING 1) UPDATE public.a SET b = 1'], undefined],
  [['UPDATE public.a SET b = 1', 'ALTER TABLE public.a RENAME b TO c'], undefined],
  [['INSERT INTO public.a VALUES (1)', 'DO $$ BEGIN END $$'], undefined],
  [['TRUNCATE public.a CASCADE'], undefined],
  [['REFRESH MATERIALIZED VIEW m'], undefined],
] as const)('%j', async (texts, keys) => {
  const written = { texts, ledger: new Set(['knex_migrations']), before: new Map(), after: AFTER };
  expect(await writtenKeys(written)).toEqual(keys);
});
