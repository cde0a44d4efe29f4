import { contractSuite } from './suite.js';

contractSuite('knex');
