/** The other half of the cases of pg.test.ts. */
import { contractSuite } from './suite.js';

contractSuite('pg', { half: 1 });
