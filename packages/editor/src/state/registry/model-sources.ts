import type { JsonObject, JsonValue, Workflow } from '@patchbay/engine/workflow'

/**
 * Where a model file can be had. Documents carry them under `extra.models`, as ComfyUI's carry theirs at their nodes.
 */
export interface ModelSource {
  readonly name: string
  readonly url: string
  readonly sha256?: string
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function sourcesIn(list: JsonValue | undefined): ModelSource[] {
  if (!Array.isArray(list)) return []
  const entries: readonly JsonValue[] = list
  return entries.flatMap((entry): ModelSource[] => {
    if (!isObject(entry)) return []
    const { name, url, sha256, hash, hash_type: hashType } = entry
    if (typeof name !== 'string' || typeof url !== 'string' || !/^(https?:|hf:)/i.test(url)) return []
    const sum = typeof sha256 === 'string' ? sha256 : hashType === 'SHA256' && typeof hash === 'string' ? hash : ''
    return [{ name, url, ...(/^[0-9a-f]{64}$/i.test(sum) ? { sha256: sum.toLowerCase() } : {}) }]
  })
}

/** What a document tells of the files that its nodes name. */
export function modelSources({ extra }: Pick<Workflow, 'extra'>): ModelSource[] {
  return sourcesIn(extra?.['models'])
}

/**
 * What a document of ComfyUI tells: at its nodes (`properties.models`), those inside subgraphs too, and for the whole
 * (`models`).
 */
export function foreignModelSources(json: JsonValue): ModelSource[] {
  if (!isObject(json)) return []
  const definitions = isObject(json['definitions']) ? json['definitions']['subgraphs'] : []
  const graphs: readonly JsonValue[] = [
    json,
    ...(Array.isArray(definitions) ? (definitions as readonly JsonValue[]) : []),
  ]
  const found = graphs.flatMap((graph): ModelSource[] => {
    if (!isObject(graph)) return []
    const nodes: readonly JsonValue[] = Array.isArray(graph['nodes']) ? (graph['nodes'] as readonly JsonValue[]) : []
    return [
      ...sourcesIn(graph['models']),
      ...nodes.flatMap((node) =>
        isObject(node) && isObject(node['properties']) ? sourcesIn(node['properties']['models']) : [],
      ),
    ]
  })
  return [...new Map(found.map((source) => [source.name, source])).values()]
}

/** The document with what is known of its files. */
export function withModelSources(workflow: Workflow, sources: readonly ModelSource[]): Workflow {
  return sources.length === 0
    ? workflow
    : { ...workflow, extra: { ...workflow.extra, models: sources.map((source) => ({ ...source })) } }
}
