/** What was granted and revoked, as one line. */

/** Grantee, privilege, with grant option. */
type Entry = readonly [string, string, boolean];

export function isGrants(kind: string): boolean {
  return kind.startsWith('grants on ') || kind === 'default privileges';
}

/**
 * Compared with what such an object has from the start: `grant SELECT to PUBLIC; revoke DELETE from owner`. Null: nothing differs. All that
 * there is to grant is ALL: 17 has a privilege more.
 */
export function grantsLine(json: string | null): string | null {
  const [now, start, whole] = JSON.parse(json ?? '[]') as readonly (readonly Entry[] | null)[];
  const all = new Set((whole ?? []).filter(([grantee]) => grantee === 'owner').map(([, privilege]) => privilege)).size;
  const parts = [...changes('grant', 'to', now, start, all), ...changes('revoke', 'from', start, now, all)];
  return parts.length === 0 ? null : parts.join('; ');
}

type Entries = readonly Entry[] | null | undefined;

function changes(verb: string, word: string, of: Entries, without: Entries, all: number): readonly string[] {
  const known = new Set((without ?? []).map((entry) => JSON.stringify(entry)));
  const groups = new Map<string, string[]>();
  for (const entry of of ?? []) {
    if (known.has(JSON.stringify(entry))) continue;
    const [grantee, privilege, grantable] = entry;
    const whom = `${word} ${grantee}${grantable && grantee !== 'owner' ? ' with grant option' : ''}`;
    groups.set(whom, [...(groups.get(whom) ?? []), privilege]);
  }
  return [...groups]
    .map(([whom, privileges]) => {
      const what = privileges.length > 1 && privileges.length === all ? 'ALL' : privileges.sort().join(', ');
      return `${verb} ${what} ${whom}`;
    })
    .sort();
}
