import { describeGuides } from './suite.js';
import { TYPEORM } from './typeorm-host.js';

describeGuides('TypeORM 1', TYPEORM);
