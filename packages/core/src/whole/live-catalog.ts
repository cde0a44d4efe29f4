/** A catalog that changes, and at each moment tells whether it equals another one without being read through. */
import { createHash } from 'node:crypto';
import type { CatalogLines } from '../fingerprint/read-catalog-lines.js';
import type { LockedMigration } from '../schema-lock/schema-lock.js';

/** Digest of no lines. */
export const EMPTY = 0n;

/** `digest`: equal for the same lines of the objects that are known, whatever the order they came in, and for no others. */
export class LiveCatalog extends Map<string, string> {
  readonly #known: ReadonlySet<string>;
  #digest = EMPTY;

  constructor(known: ReadonlySet<string>, lines: CatalogLines) {
    super();
    this.#known = known;
    for (const [key, line] of lines) this.set(key, line);
  }

  get digest(): bigint {
    return this.#digest;
  }

  override set(key: string, line: string): this {
    this.#digest ^= this.#part(key) ^ this.#of(key, line);
    return super.set(key, line);
  }

  override delete(key: string): boolean {
    this.#digest ^= this.#part(key);
    return super.delete(key);
  }

  /** As a migration does. */
  change(catalog: LockedMigration['catalog']): void {
    for (const [signed, line] of Object.entries(catalog)) {
      if (line === null) this.delete(signed.slice(1));
      else this.set(signed.slice(1), line);
    }
  }

  #part(key: string): bigint {
    const line = this.get(key);
    return line === undefined ? 0n : this.#of(key, line);
  }

  /** 128 bits of SHA-256: different lines do not have the same by chance. */
  #of(key: string, line: string): bigint {
    if (!this.#known.has(key)) return 0n;
    const hash = createHash('sha256').update(`${key}\0${line}`).digest();
    return (hash.readBigUInt64LE(0) << 64n) | hash.readBigUInt64LE(8);
  }
}
