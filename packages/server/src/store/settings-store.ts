import type { JsonValue } from '@patchbay/engine/workflow'
import type { Settings } from '../api/api-types.ts'

/** Small JSON values by key, kept for the editor and for ComfyUI's clients. */
export interface SettingsStore {
  all(): Promise<Settings>
  get(key: string): Promise<JsonValue | undefined>
  /** Sets these and leaves the others, together. */
  set(changes: Settings): Promise<void>
  remove(key: string): Promise<void>
}
