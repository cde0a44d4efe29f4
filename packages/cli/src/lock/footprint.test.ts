import { expect, test } from 'vitest';
import { touchedKeys } from './footprint.js';

const NOTHING = new Map<string, string>();

test('what the server calls by an oid has another name in each database, and is no part of what is touched', () => {
  const dropped = (type: string, identity: string) => ({ tag: 'DROP', type, identity });
  const touches = [
    dropped('table constraint', 'parent_fkey on public.posts'),
    dropped('trigger', '"RI_ConstraintTrigger_a_16402" on public.users'),
    dropped('trigger', '"RI_ConstraintTrigger_c_16404" on public.posts'),
    dropped('trigger', '"Unique_ConstraintTrigger_16405" on public.posts'),
    dropped('index', 'pg_toast.pg_toast_16390_index'),
    dropped('toast table', 'pg_toast.pg_toast_16390'),
    dropped('trigger', 'touched on public.posts'),
  ];
  expect(touchedKeys(touches, [], NOTHING, NOTHING)).toEqual([
    'constraint public.posts.parent_fkey',
    'trigger public.posts.touched',
  ]);
});
