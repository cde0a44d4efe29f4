/** PostgreSQL 15 stands for the servers before 18, where NOT NULL needs its helper check and foreign keys other forms. */
import { availableMajors } from '../support/server.js';
import { contractSuite } from './suite.js';

const differing = [
  'safeSetNotNull',
  'safeFillColumn',
  'safeSwapColumn',
  'safeAddForeignKey',
  'safeCreateEnum',
  'safeAddEnumValue',
  'safeRemoveEnumValue',
];
for (const major of availableMajors([15])) contractSuite('pg', { major, operations: differing });
