/** For the plan tests of the four phases: `items.code`, an integer that becomes bigint, or gets the name `number`. Not part of the package. */
import { NO_TIES } from '../../catalog/column-ties.js';
import type { StoredType, TypeChange } from '../../catalog/type-change.js';
import { type ColumnType, parseColumnType } from '../../column-type.js';
import type { PairArguments, PairFacts } from './look.js';
import type { StoredPair } from './pair.js';
import { type ColumnPart, NO_PARTS } from './parts.js';

const ITEMS = { schema: 'public', name: 'items' };
export const OTHERS = { schema: 'public', name: 'others' };

export const TO_TYPE: PairArguments = {
  table: ITEMS,
  column: 'code',
  to: { kind: 'type', type: parseColumnType('bigint') as ColumnType },
};
export const TO_NAME: PairArguments = { table: ITEMS, column: 'code', to: { kind: 'name', name: 'number' } };

const INTEGER: StoredType = { oid: 23, modifier: -1, name: 'int4', kind: 'b', category: 'N', printed: 'integer' };
const BIGINT: StoredType = { ...INTEGER, oid: 20, name: 'int8', printed: 'bigint' };

export const WIDER: TypeChange = { from: INTEGER, to: BIGINT, cast: { method: 'f', context: 'i' }, utc: false };
export const NARROWER: TypeChange = { from: BIGINT, to: INTEGER, cast: { method: 'f', context: 'a' }, utc: false };

/** Not begun, and nothing hangs on the column. */
export function factsOf(args: PairArguments, over: Partial<PairFacts> = {}): PairFacts {
  const type = args.to.kind === 'type';
  return {
    target: type ? 'public.items.code to bigint' : 'public.items.code to number',
    state: { become: false, paired: false, inStep: 'no' },
    begun: false,
    differences: [],
    missing: [],
    table: ITEMS,
    partner: type ? 'code_shadow' : 'number',
    pair: null,
    change: type ? WIDER : null,
    back: type ? NARROWER : null,
    proofs: [],
    parts: NO_PARTS,
    ties: NO_TIES,
    making: {
      type: 'integer',
      collation: null,
      storage: null,
      compression: null,
      statistics: null,
      generated: false,
      domain: false,
      parameters: [],
      owner: 'ann',
      grants: [],
    },
    partnerNotNull: false,
    sameRights: true,
    otherPairs: [],
    earlier: [],
    partnerNotNullName: null,
    partnerReferencedBy: [],
    partnerRefersTo: [],
    unfit: null,
    functionState: null,
    later: [],
    others: [{ name: 'id', generated: false }],
    key: ['id'],
    rowKey: ['id'],
    hidden: false,
    isolation: 'read committed',
    ...over,
  };
}

/** As safeExpandColumn leaves it. */
export function pairOf(args: PairArguments, over: Partial<StoredPair> = {}): StoredPair {
  const type = args.to.kind === 'type';
  return {
    kind: type ? 'type' : 'name',
    leading: 'code',
    following: type ? 'code_shadow' : 'number',
    forward: type ? '("code")::bigint' : '"code"',
    backward: type ? '("code")::integer' : '"code"',
    turned: false,
    keeps: true,
    trigger: 'zz_holdfast_sync_code',
    function: { schema: 'public', name: 'holdfast_sync_items_code' },
    intact: true,
    ...over,
  };
}

/** Begun, with these parts. */
export function begun(args: PairArguments, over: Partial<PairFacts> = {}): PairFacts {
  return factsOf(args, {
    state: { become: false, paired: true, inStep: 'no' },
    pair: pairOf(args),
    proofs: [`holdfast_in_step_items_${args.to.kind === 'type' ? 'code_shadow' : 'number'}`],
    ...over,
  });
}

/** One of each kind on `partner`. */
export function partsOn(partner: string, made: boolean): readonly ColumnPart[] {
  return [
    {
      kind: 'primary key',
      name: 'items_pkey',
      twin: 'items_pkey_shadow',
      made,
      request: { columns: [partner], name: 'items_pkey_shadow', onlyByName: true, unique: true },
      deferrable: false,
    },
    {
      kind: 'index',
      name: 'items_by_code',
      twin: 'items_by_code_shadow',
      made,
      request: { columns: [partner, 'id'], name: 'items_by_code_shadow', onlyByName: true },
    },
    {
      kind: 'unique',
      name: 'items_code_key',
      twin: 'items_code_key_shadow',
      made,
      request: { columns: [partner, 'id'], name: 'items_code_key_shadow', deferrable: false },
    },
    { kind: 'check', name: 'positive', twin: 'positive_shadow', made, expression: `(${partner} > 0)` },
    {
      kind: 'foreign key',
      name: 'others_item_fkey',
      twin: 'others_item_fkey_shadow',
      made,
      on: OTHERS,
      incoming: true,
      key: {
        columns: ['item'],
        references: { table: ITEMS, columns: [partner] },
        name: 'others_item_fkey_shadow',
      },
    },
  ];
}
