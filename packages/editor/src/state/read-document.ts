import { migrate, parseJson, type JsonObject, type JsonValue, type Workflow } from '@patchbay/engine/workflow'

export type Read =
  | { readonly ok: true; readonly workflow: Workflow }
  /** A document of ComfyUI, which the server turns into one of ours. */
  | { readonly ok: 'foreign'; readonly json: JsonValue }
  | { readonly ok: false; readonly message: string }

/** Reads the text of a workflow file. The server checks it in depth when it is run or saved; here it must only be drawable. */
export function readDocument(text: string): Read {
  const parsed = parseJson(text)
  if (!parsed.ok) {
    return { ok: false, message: `${parsed.message} (line ${String(parsed.line)}, column ${String(parsed.column)})` }
  }
  const { value } = parsed
  if (!isObject(value)) return { ok: false, message: 'A workflow file holds a JSON object; this one does not.' }
  if (value['format'] !== 'patchbay-workflow') {
    return looksForeign(value)
      ? { ok: 'foreign', json: value }
      : { ok: false, message: 'This JSON is not a workflow: it has no "format": "patchbay-workflow".' }
  }
  const migrated = migrate(value)
  if (!migrated.ok) return { ok: false, message: migrated.issue.message }
  const document: JsonValue = migrated.document
  if (isObject(document) && isDrawable(document)) return { ok: true, workflow: document }
  return { ok: false, message: 'The workflow is damaged: every node needs a type, values and links.' }
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

function isDrawable(document: JsonObject): document is JsonObject & Workflow {
  const graphs = [document, ...Object.values(isObject(document['workflows']) ? document['workflows'] : {})]
  return graphs.every(
    (graph) =>
      isObject(graph) &&
      isObject(graph['nodes']) &&
      Object.values(graph['nodes']).every(
        (node) =>
          isObject(node) && typeof node['type'] === 'string' && isObject(node['values']) && isObject(node['links']),
      ),
  )
}

/** The JSON that a PNG carries in its text chunks, by keyword; empty for anything that is no PNG. */
export function pngTexts(bytes: Uint8Array): Map<string, string> {
  const texts = new Map<string, string>()
  const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
  if (!signature.every((byte, index) => bytes[index] === byte)) return texts
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const latin = new TextDecoder('latin1')
  const utf8 = new TextDecoder()
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = view.getUint32(at)
    const type = latin.decode(bytes.subarray(at + 4, at + 8))
    const body = bytes.subarray(at + 8, at + 8 + length)
    const end = body.indexOf(0)
    if (type === 'tEXt' && end > 0) texts.set(latin.decode(body.subarray(0, end)), utf8.decode(body.subarray(end + 1)))
    // An uncompressed iTXt: keyword, 0, compression flag and method, language, 0, translated keyword, 0, text.
    if (type === 'iTXt' && end > 0 && body[end + 1] === 0) {
      const language = body.indexOf(0, end + 3)
      const translated = language < 0 ? -1 : body.indexOf(0, language + 1)
      if (translated > 0) texts.set(latin.decode(body.subarray(0, end)), utf8.decode(body.subarray(translated + 1)))
    }
    at += 12 + length
  }
  return texts
}
