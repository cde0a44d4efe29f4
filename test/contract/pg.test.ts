import { contractSuite } from './suite.js';

contractSuite('pg');
