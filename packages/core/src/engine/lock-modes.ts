/** PostgreSQL's table-level lock modes, weakest first (manual, 13.3.1). */
export const MODES = [
  'AccessShareLock',
  'RowShareLock',
  'RowExclusiveLock',
  'ShareUpdateExclusiveLock',
  'ShareLock',
  'ShareRowExclusiveLock',
  'ExclusiveLock',
  'AccessExclusiveLock',
] as const;

export type LockMode = (typeof MODES)[number];

/** Which modes conflict with each other (manual, table 13.2). */
const CONFLICTS: Readonly<Record<LockMode, readonly LockMode[]>> = {
  AccessShareLock: ['AccessExclusiveLock'],
  RowShareLock: ['ExclusiveLock', 'AccessExclusiveLock'],
  RowExclusiveLock: ['ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'],
  ShareUpdateExclusiveLock: [
    'ShareUpdateExclusiveLock',
    'ShareLock',
    'ShareRowExclusiveLock',
    'ExclusiveLock',
    'AccessExclusiveLock',
  ],
  ShareLock: [
    'RowExclusiveLock',
    'ShareUpdateExclusiveLock',
    'ShareRowExclusiveLock',
    'ExclusiveLock',
    'AccessExclusiveLock',
  ],
  ShareRowExclusiveLock: MODES.filter((m) => m !== 'AccessShareLock' && m !== 'RowShareLock'),
  ExclusiveLock: MODES.filter((m) => m !== 'AccessShareLock'),
  AccessExclusiveLock: MODES,
};

/** The modes that a holder must not have for `mode` to be granted. */
export function conflictsWith(mode: LockMode): readonly LockMode[] {
  return CONFLICTS[mode];
}

/** The stronger of two modes, by the order of the manual. */
export function strongerMode(a: string, b: string): string {
  const rank = (mode: string): number => MODES.indexOf(mode as LockMode);
  return rank(b) > rank(a) ? b : a;
}

/** Does a holder of this mode keep INSERT, UPDATE and DELETE waiting? */
export function blocksWriters(mode: LockMode): boolean {
  return CONFLICTS[mode].includes('RowExclusiveLock');
}

export const MODES_AGAINST_WRITERS: readonly LockMode[] = MODES.filter(blocksWriters);

/** `AccessExclusiveLock` → `ACCESS EXCLUSIVE`, as LOCK TABLE wants it. */
export function lockTableMode(mode: LockMode): string {
  return mode
    .replace(/Lock$/, '')
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toUpperCase();
}
