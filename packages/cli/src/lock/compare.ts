/** What is wrong with a lock file. */
import { isDeepStrictEqual } from 'node:util';
import type { SchemaLock } from '@holdfast/core';

export interface Finding {
  /** `stale`: replayed, it does something else than the file says. `order`: it is there, and not at its place. */
  readonly problem: 'missing' | 'edited' | 'renamed' | 'gone' | 'order' | 'stale';
  readonly migration: string;
  /** `renamed`: the name in the lock file. */
  readonly was?: string;
}

/** By names and hashes alone. */
export function compareFiles(lock: SchemaLock, listed: SchemaLock): readonly Finding[] {
  if (lock.initial?.hash !== listed.initial?.hash)
    return [
      {
        problem: lock.initial === undefined ? 'missing' : 'edited',
        migration: listed.initial?.file ?? lock.initial?.file ?? '',
      },
    ];
  const locked = new Map(lock.migrations.map((each) => [each.name, each]));
  const there = new Map(listed.migrations.map((each) => [each.name, each]));
  const gone = lock.migrations.filter(({ name }) => !there.has(name));
  const renamed = new Map<string, string>();
  for (const { name, hash } of listed.migrations) {
    const old = locked.has(name) ? undefined : gone.find((each) => each.hash === hash);
    if (old !== undefined) renamed.set(name, old.name);
  }
  const before = new Set(renamed.values());
  const findings: Finding[] = listed.migrations.flatMap(({ name, hash }): Finding[] => {
    const was = renamed.get(name);
    if (was !== undefined) return [{ problem: 'renamed', migration: name, was }];
    if (!locked.has(name)) return [{ problem: 'missing', migration: name }];
    return locked.get(name)?.hash === hash ? [] : [{ problem: 'edited', migration: name }];
  });
  findings.push(
    ...gone.filter(({ name }) => !before.has(name)).map(({ name }): Finding => ({ problem: 'gone', migration: name })),
  );
  if (findings.length > 0) return findings;
  const moved = listed.migrations.find(({ name }, i) => lock.migrations[i]?.name !== name);
  return moved === undefined ? [] : [{ problem: 'order', migration: moved.name }];
}

/** By what they do. */
export function compareEffects(lock: SchemaLock, replayed: SchemaLock): readonly Finding[] {
  const stale = replayed.migrations.filter((each, i) => !isDeepStrictEqual(each, lock.migrations[i]));
  const names = isDeepStrictEqual(replayed.initial, lock.initial) ? [] : [replayed.initial?.file ?? ''];
  return [...names, ...stale.map(({ name }) => name)].map((migration) => ({ problem: 'stale', migration }));
}

export function describeFinding({ problem, migration, was }: Finding): string {
  switch (problem) {
    case 'missing':
      return `missing  ${migration}`;
    case 'edited':
      return `edited   ${migration}: the file is not the one that was locked`;
    case 'renamed':
      return `renamed  ${was} is now ${migration}: a ledger that has the old name does not know the new one`;
    case 'gone':
      return `gone     ${migration}: it is locked, and there is no such migration`;
    case 'order':
      return `order    ${migration} runs at another place than it was locked at`;
    case 'stale':
      return `stale    ${migration}: replayed, it does something else than the lock says`;
  }
}
