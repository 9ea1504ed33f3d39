import { parseJson, type JsonObject, type JsonValue, type Workflow } from '@patchbay/engine/workflow'
import { checkDocument } from './check-document.ts'

export type Read =
  | { readonly ok: true; readonly workflow: Workflow }
  /** A document of ComfyUI, which the server turns into one of ours. */
  | { readonly ok: 'foreign'; readonly json: JsonValue }
  | { readonly ok: false; readonly message: string }

/** Reads the text of a workflow file, held to the schema of documents: what nodes take is checked when it is run. */
export function readDocument(text: string): Read {
  const parsed = parseJson(text)
  if (!parsed.ok) {
    return { ok: false, message: `${parsed.message} (line ${parsed.line}, column ${parsed.column})` }
  }
  const { value } = parsed
  if (!isObject(value)) return { ok: false, message: 'A workflow file holds a JSON object; this one does not.' }
  if (value['format'] !== 'patchbay-workflow') {
    return looksForeign(value)
      ? { ok: 'foreign', json: value }
      : { ok: false, message: 'This JSON is not a workflow: it has no "format": "patchbay-workflow".' }
  }
  return checkDocument(value)
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** ComfyUI's API format has nodes with `class_type`; its UI format has a list of nodes beside one of links. */
function looksForeign(value: JsonObject): boolean {
  if (Array.isArray(value['nodes']) && 'links' in value) return true
  const entries = Object.values(isObject(value['prompt']) ? value['prompt'] : value)
  return entries.length > 0 && entries.every((entry) => isObject(entry) && 'class_type' in entry)
}
