import { DataSource } from 'typeorm';
import * as older from 'typeorm-0.3';
import { expect, test, vi } from 'vitest';
import { describeGuides } from './suite.js';
import { TYPEORM } from './typeorm-host.js';

// No mock: the migrations and the adapter import `typeorm`, and in this file that is the older major.
vi.mock('typeorm', () => import('typeorm-0.3'));

test('this file runs on the older major', () => {
  expect(DataSource).toBe(older.DataSource);
});

describeGuides('TypeORM 0.3', TYPEORM);
