import type { IdentityRecord, Person } from './people.ts';
import { personKey } from './people.ts';

/** One signalling connection on its way through the gate, from the moment it was let in. */
export interface Connection {
  readonly record: IdentityRecord;
  /** Set once the person was put out: whatever is still under way must stop. */
  readonly cut: boolean;
}

/** The signalling connections that pass through this process. */
export function createConnections(changed: (count: number) => void) {
  const byPerson = new Map<string, Set<{ record: IdentityRecord; cut: boolean; destroy: () => void }>>();
  let count = 0;

  return {
    /**
     * Registers a connection before anything is opened for it, so that an eviction meanwhile finds it.
     * @param destroy ends the sockets on both sides
     */
    add(record: IdentityRecord, destroy: () => void): { connection: Connection; remove: () => void } {
      const key = personKey(record);
      const entry = { record, cut: false, destroy };
      const set = byPerson.get(key) ?? new Set();
      set.add(entry);
      byPerson.set(key, set);
      changed((count += 1));
      let there = true;
      return {
        connection: entry,
        remove() {
          if (!there) return;
          there = false;
          set.delete(entry);
          if (set.size === 0 && byPerson.get(key) === set) byPerson.delete(key);
          changed((count -= 1));
        },
      };
    },

    /** Cuts every connection of a person, at once. @returns the identities they were for */
    cut(person: Person, which: (record: IdentityRecord) => boolean = () => true): readonly IdentityRecord[] {
      const found = [...(byPerson.get(personKey(person)) ?? [])].filter((entry) => which(entry.record));
      for (const entry of found) {
        entry.cut = true;
        entry.destroy();
      }
      return found.map((entry) => entry.record);
    },

    closeAll(): void {
      for (const set of byPerson.values()) for (const entry of [...set]) entry.destroy();
    },
  };
}
export type Connections = ReturnType<typeof createConnections>;
