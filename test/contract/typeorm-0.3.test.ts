import { contractSuite } from './suite.js';

contractSuite('typeorm-0.3');
