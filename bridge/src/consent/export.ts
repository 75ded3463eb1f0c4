import type { StoredAnswer } from './store.ts';

const COLUMNS = [
  ...(['atMs', 'roomId', 'meetingId', 'userId', 'deviceId', 'purpose', 'answer', 'how'] as const),
  ...(['language', 'textVersion', 'eventId'] as const),
];

/** RFC 4180. A cell must not be taken for a formula: spreadsheets do that with what begins with one of these. */
function cell(value: string): string {
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return `"${text.replaceAll('"', '""')}"`;
}

/** Answers as lines of a table, its head first; times in ISO 8601. */
export function consentCsv(answers: readonly StoredAnswer[]): string[] {
  const lines = answers.map((answer) =>
    COLUMNS.map((name) => cell(name === 'atMs' ? new Date(answer.atMs).toISOString() : (answer[name] ?? ''))).join(','),
  );
  const head = COLUMNS.map((name) => cell(name === 'atMs' ? 'at' : name)).join(',');
  return [head, ...lines];
}
