/** Those that `forget` means, of what the ledger has. */
export function lastOf(ledger: readonly string[], which: number | readonly string[]): readonly string[] {
  if (typeof which !== 'number') return which;
  return which === 0 ? [] : ledger.slice(-which);
}
