import { contractSuite } from './suite.js';

contractSuite('typeorm-1');
