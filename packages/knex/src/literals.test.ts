import { expect, test } from 'vitest';
import { plainQuestionMarks } from './literals.js';

test.each([
  ["'a?b'", "'a?b'"],
  ["'a\\?b'", "'a?b'"],
  ["E'a\\\\?b'", "E'a\\\\?b'"],
  ["E'a\\\\\\?b'", "E'a?b'"],
  ["'a\\b?'", "'a\\b?'"],
])('of %s PostgreSQL gets %s', (compiled, sent) => {
  expect(plainQuestionMarks(compiled)).toBe(sent);
});
