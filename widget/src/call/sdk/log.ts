/**
 * Stands in for `loglevel` inside matrix-js-sdk: its lines name rooms, people and devices, and a meeting leaves no trace in the
 * console.
 */
function silence(): void {
  return;
}

function createLogger(): Record<string, unknown> {
  return {
    trace: silence,
    debug: silence,
    log: silence,
    info: silence,
    warn: silence,
    error: silence,
    setLevel: silence,
    rebuild: silence,
  };
}

const loggers = new Map<string, Record<string, unknown>>();

export default {
  levels: { TRACE: 0, DEBUG: 1, INFO: 2, WARN: 3, ERROR: 4, SILENT: 5 },
  methodFactory: silence,
  /** The SDK makes loggers with names of rooms and devices; all of them share one per parent. */
  getLogger(name: string): Record<string, unknown> {
    const known = loggers.get(name.split('[')[0] ?? '') ?? createLogger();
    loggers.set(name.split('[')[0] ?? '', known);
    return known;
  },
};
