/** One short text that stands for a catalog. */
import { createHash } from 'node:crypto';
import type { CatalogLines } from './read-catalog-lines.js';

/** 64 hexadecimal digits; equal for equal lines alone. */
export function hashLines(lines: CatalogLines): string {
  const hash = createHash('sha256');
  for (const [key, definition] of lines) hash.update(`${key}\0${definition}\0`);
  return hash.digest('hex');
}
