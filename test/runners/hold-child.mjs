/** Takes the lock of the database in its argument, tells its parent, and stays. */

import pg from 'pg';
import { openLock, resolveRunnerLock, takeRunnerLock } from '../../packages/core/dist/index.js';

const logger = { info: () => {}, warn: () => {}, error: () => {} };
const request = { settings: resolveRunnerLock(), operation: 'child', logger, words: { wait: '', poolMode: '' } };
await takeRunnerLock(await openLock(new pg.Client({ connectionString: process.argv[2] }), request), request);
process.send?.('held');
