import type { Fingerprint, FingerprintParts, KnownFingerprint, PlannedNode, Unfingerprinted } from './planned-node.ts'
import { hash } from 'node:crypto'
import {
  canonicalJson,
  type JsonObject,
  type JsonValue,
  subWorkflowPrefix,
  type SubWorkflows,
} from '../workflow/index.ts'
import { bodiesOf } from '../definition/registry.ts'

/**
 * `own` is what the definition, its files and its bodies add. Undefined when something that feeds the node has none.
 */
export function fingerprintWith(
  { id, definition, values, inputs }: Unfingerprinted,
  own: string,
  fingerprintOf: (node: PlannedNode) => Fingerprint,
): KnownFingerprint | undefined {
  const { type, version } = definition
  let isKnown = true
  const links = inputs.map(({ name, sources }) => {
    let link = `${name}=`
    for (const { node, output, coercion } of sources) {
      const fingerprint = fingerprintOf(node)
      isKnown &&= fingerprint !== undefined
      link += `${fingerprint ?? ''}.${output}${coercion ? `>${coercion.to.name}` : ''}+`
    }
    return link
  })
  if (!isKnown) return undefined
  const more = definition.usesNodeId === true ? `${own}\nof ${id}` : own
  const value = digest(`${type}@${version}\n${canonical(values)}\n${more}\n${links.join('\n')}`)
  return { value, parts: { type, version, values, own: more, links } }
}

/**
 * The fingerprint of a node whose result depends on nothing but the document: no files, nothing that its definition
 * looks up.
 */
export function plannedFingerprint(node: Unfingerprinted, workflows: SubWorkflows): KnownFingerprint | undefined {
  if (isLookedUp(node)) return undefined
  return fingerprintWith(node, bodyContentOf(node, workflows), ({ fingerprint }) => fingerprint?.value)
}

/** Whether each run must look up what the result depends on. */
export function isLookedUp({ definition, registered }: Unfingerprinted): boolean {
  return definition.fingerprint !== undefined || registered.fileInputs.length > 0
}

/** SHA-256 of a text, as 43 digits of base64url. */
export function digest(text: string): string {
  return hash('sha256', text, 'base64url')
}

/** Keys of `values` stand in the order of the definition already; only values that hold others need sorting. */
function canonical(values: JsonObject): string {
  for (const name in values) if (typeof values[name] === 'object' && values[name] !== null) return canonicalJson(values)
  return JSON.stringify(values)
}

/**
 * The content of the sub-workflows that a node names in its values, with those that they use, apart from how they look.
 */
export function bodyContentOf(node: Unfingerprinted, workflows: SubWorkflows): string {
  if (node.registered.bodyInputs.length === 0) return ''
  const open = bodiesOf(node.registered, node.values).map(({ name }) => name)
  const names = new Set(Object.keys(workflows))
  const used = new Set<string>()
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const body = workflows[name]
    if (used.has(name) || !body) continue
    used.add(name)
    for (const { type, values } of Object.values(body.nodes)) {
      if (type.startsWith(subWorkflowPrefix)) open.push(type.slice(subWorkflowPrefix.length))
      // A text that happens to be the name of a sub-workflow costs a little reuse, never a wrong result.
      for (const value of Object.values(values)) if (typeof value === 'string' && names.has(value)) open.push(value)
    }
  }
  const digests = [...used].sort().map((name) => digest(contentOf(workflows, name)))
  return digests.join(' ')
}

function contentOf(workflows: SubWorkflows, name: string): string {
  const { nodes = {}, inputs = {}, outputs = {} } = workflows[name] ?? {}
  return `${name} ${canonicalJson(nodes)} ${canonicalJson(inputs)} ${canonicalJson(outputs)}`
}

/** The first part in which two fingerprints of a node differ, in words; undefined when none does. */
export function differenceBetween(before: FingerprintParts, after: FingerprintParts): string | undefined {
  if (before.type !== after.type) return `type ${before.type} → ${after.type}`
  if (before.version !== after.version) return `version ${before.version} → ${after.version}`
  for (const name of new Set([...Object.keys(before.values), ...Object.keys(after.values)])) {
    const [from, to] = [shown(before.values[name]), shown(after.values[name])]
    if (canonicalJson(before.values[name]) !== canonicalJson(after.values[name])) return `${name} ${from} → ${to}`
  }
  const links = new Map(before.links.map(splitLink))
  for (const [name, sources] of after.links.map(splitLink)) {
    if (!links.has(name)) return `${name} was not linked`
    if (links.get(name) !== sources) return `${name} comes from something else`
    links.delete(name)
  }
  const [missing] = links.keys()
  if (missing !== undefined) return `${missing} was linked`
  return before.own === after.own ? undefined : 'what it reads has changed'
}

function splitLink(link: string): [name: string, sources: string] {
  const at = link.indexOf('=')
  return [link.slice(0, at), link.slice(at + 1)]
}

function shown(value: JsonValue | undefined): string {
  const text = value === undefined ? 'a link' : JSON.stringify(value)
  return text.length > 40 ? `${text.slice(0, 39)}…` : text
}
