import type { JsonValue, Settings } from '@patchbay/engine/workflow'

/** Small JSON values by key, kept for the editor and for ComfyUI's clients. */
export interface SettingsStore {
  all(): Promise<Settings>
  get(key: string): Promise<JsonValue | undefined>
  /** Sets these and leaves the others, together. */
  set(changes: Settings): Promise<void>
  remove(key: string): Promise<void>
}
