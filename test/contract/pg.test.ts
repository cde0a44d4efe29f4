import { contractSuite } from './suite.js';

contractSuite('pg', { half: 0 });
