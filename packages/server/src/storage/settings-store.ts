import type { JsonValue, Settings } from '@patchbay/engine/workflow'
import type { Database } from './database.ts'

export type SettingsStore = ReturnType<typeof createSettingsStore>

/** Small JSON values by key, kept for the editor and for ComfyUI's clients. */
export function createSettingsStore(database: Database) {
  return {
    all(): Settings {
      const rows = database.all('SELECT key, value FROM settings ORDER BY key')
      return Object.fromEntries(rows.map((row) => [String(row['key']), JSON.parse(String(row['value'])) as JsonValue]))
    },
    get(key: string): JsonValue | undefined {
      const row = database.get('SELECT value FROM settings WHERE key = ?', key)
      return row && (JSON.parse(String(row['value'])) as JsonValue)
    },
    set(changes: Settings): void {
      database.transaction(() => {
        for (const [key, value] of Object.entries(changes)) {
          database.run('INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)', key, JSON.stringify(value))
        }
      })
    },
    remove(key: string): void {
      database.run('DELETE FROM settings WHERE key = ?', key)
    },
  }
}
