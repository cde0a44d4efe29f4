/** Where the migrations print their reports to: here the tests read them. */
import type { Report } from '@holdfast/core';

const printed: Report[] = [];

export function printReport(g: { report(): Report }): void {
  printed.push(g.report());
}

/** What was printed since the last call. */
export function takeReports(): readonly Report[] {
  return printed.splice(0);
}
