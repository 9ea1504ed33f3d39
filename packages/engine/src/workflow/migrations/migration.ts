import type { JsonObject } from '../json.ts'

/**
 * One step from a document format to the next: a pure function of plain JSON. It lives in `migrations/`, one a file.
 */
export interface Migration {
  readonly from: number
  /** What changed, in a sentence. */
  readonly description: string
  readonly migrate: (document: JsonObject) => JsonObject
}
