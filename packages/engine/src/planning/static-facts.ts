import { given, type Issue, type IssueCode, type JsonObject, type NodeEstimate } from '../workflow/index.ts'
import type { CheckedNode, CheckedSource } from './check-node.ts'
import { type Registry, socketTypeOf } from '../definition/registry.ts'
import { AnyType } from '../definition/socket-type.ts'
import type { Finding } from '../definition/define-node.ts'
import type { FlatNode } from './flatten.ts'

type Traits = { readonly [output: string]: JsonObject | undefined }

/**
 * Lets each definition say what it knows of its outputs before the run, in order, and then check its own node against
 * what it knows of its inputs. Definitions that say nothing cost nothing.
 */
export async function checkFacts(
  order: readonly CheckedNode[],
  {
    services,
    registry,
    skip,
  }: { readonly services: unknown; readonly registry: Registry; readonly skip: (flat: FlatNode) => boolean },
): Promise<{ readonly issues: Issue[]; readonly estimates: NodeEstimate[] }> {
  const issues: Issue[] = []
  const estimates: NodeEstimate[] = []
  const traits = new Map<FlatNode, Traits>()
  for (const node of order) {
    const { definition } = node.registered
    if ((!definition.traits && !definition.validate && !definition.estimate) || skip(node.flat)) continue
    const facts = { values: node.values, links: linkedTraits(node, traits), types: linkedTypes(node, registry) }
    try {
      const found = definition.traits?.(facts, services)
      if (found) traits.set(node.flat, found instanceof Promise ? await found : found)
    } catch (error) {
      issues.push(issueOf(node, 'traits', messageOf(error)))
      continue
    }
    try {
      const findings = definition.validate?.(facts, services) ?? []
      for (const finding of findings instanceof Promise ? await findings : findings)
        issues.push(issueOf(node, 'custom', finding))
    } catch (error) {
      issues.push(issueOf(node, 'custom', messageOf(error)))
    }
    try {
      const found = definition.estimate?.(facts, services)
      const estimate = found instanceof Promise ? await found : found
      if (estimate) estimates.push({ node: node.flat.id, type: node.flat.instance.type, ...estimate })
    } catch {
      // An estimate that fails is left out: the run does not need it.
      continue
    }
  }
  return { issues, estimates }
}

function linkedTypes({ inputs }: CheckedNode, registry: Registry) {
  const typeOf = (source: CheckedSource): string => {
    const output =
      source.type === 'output' ? registry.nodes.get(source.node.instance.type)?.outputs[source.output] : undefined
    return output ? socketTypeOf(output).name : AnyType.name
  }
  return Object.fromEntries(inputs.map(({ name, sources }) => [name, sources.map(typeOf)]))
}

function linkedTraits({ inputs }: CheckedNode, traits: ReadonlyMap<FlatNode, Traits>) {
  const linked: { [input: string]: JsonObject } = {}
  for (const { name, sources } of inputs) {
    const [source] = sources
    const known: Traits = (source?.type === 'output' && traits.get(source.node)) || {}
    linked[name] = (source?.type === 'output' && !source.coercion && known[source.output]) || {}
  }
  return linked
}

function issueOf({ flat, registered }: CheckedNode, code: IssueCode, finding: Finding): Issue {
  const {
    input,
    message,
    severity = 'error',
  } = typeof finding === 'string' ? { input: undefined, message: finding } : finding
  const kind = input === undefined ? undefined : registered.definition.inputs[input]?.kind
  const place =
    input === undefined ? '' : `.${kind === 'link' || input in flat.instance.links ? 'links' : 'values'}.${input}`
  return {
    code,
    severity,
    message: `${flat.instance.type} (node ${flat.id}): ${message}`,
    path: flat.path + place,
    node: flat.id,
    ...given({ input }),
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
