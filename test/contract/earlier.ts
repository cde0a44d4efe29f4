import * as core from '@holdfast/core';
import { withClient } from '../support/catalog.js';
import type { Case } from './cases.mjs';

/** What earlier migrations have done, whatever host runs the case. */
export async function runEarlier(url: string, { earlier }: Pick<Case, 'earlier'>): Promise<void> {
  if (earlier !== undefined) await withClient(url, async (client) => earlier(core.guard(client)));
}
