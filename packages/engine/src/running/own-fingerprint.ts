import { alwaysChanged } from '../definition/define-node.ts'
import { bodyContentOf, digest, fingerprintWith, isLookedUp } from '../planning/fingerprint.ts'
import { NodeError } from './node-error.ts'
import type { NodeRun } from './node-run.ts'
import type { NodeRuns } from './node-runs.ts'
import { Stage } from './node-stages.ts'
import type { PlannedNode } from '../planning/planned-node.ts'
import type { SubWorkflows } from '../workflow/index.ts'

export interface FileName {
  readonly folder: string
  readonly name: string
}
/** What identifies the content of a file of the host: its hash, or anything that changes when it does. */
export type FingerprintFile = (file: FileName) => string | Promise<string>

export interface FingerprintSurroundings {
  readonly services: unknown
  readonly fingerprintFile: FingerprintFile | undefined
  readonly workflows: SubWorkflows
  readonly runs: NodeRuns
}

/**
 * Gives each node the fingerprint that its plan could not, in an order in which sources come first. What definitions
 * and files add is made for all nodes at the same time; a promise only when some of that is asynchronous.
 */
export function fingerprintAll(
  nodes: readonly PlannedNode[],
  around: FingerprintSurroundings,
): undefined | Promise<void> {
  const own = new Map<NodeRun, string | typeof alwaysChanged>()
  const later: Promise<void>[] = []
  const unknown = nodes.map((node) => around.runs.of(node))
  for (const run of unknown) {
    const part = ownPartOf(run.node, around)
    if (part instanceof Promise) later.push(part.then((value) => void own.set(run, value), faultOf(run, own)))
    else if (part !== '') own.set(run, part)
  }
  const finish = () => {
    for (const run of unknown) {
      const part = own.get(run) ?? ''
      // What was given a fingerprint already is a value that was there before the graph.
      if (part === alwaysChanged || around.runs.stages.at(run.rank) === Stage.done) continue
      const made = fingerprintWith(run.node, part, ({ rank }) => around.runs.fingerprintAt(rank))
      run.fingerprint = made?.value
      run.parts = made?.parts
    }
  }
  if (later.length > 0) return Promise.all(later).then(finish)
  finish()
  return undefined
}

/** A node whose own part cannot be made fails when its turn comes; what does not need it goes on. */
function faultOf(run: NodeRun, own: Map<NodeRun, string | typeof alwaysChanged>) {
  return (cause: unknown): void => {
    own.set(run, alwaysChanged)
    run.fault = new NodeError('fingerprint-failed', run.node, 'what its result depends on could not be read.', {
      cause,
      inputs: run.node.values,
    })
  }
}

type Own = string | typeof alwaysChanged

function ownPartOf(node: PlannedNode, around: FingerprintSurroundings): Own | Promise<Own> {
  const bodies = bodyContentOf(node, around.workflows)
  if (!isLookedUp(node)) return bodies
  const files = filesOf(node)
  // A name that comes by link is known only once the node runs, and so is what the file holds.
  if (files.some(({ name }) => name === undefined)) return around.fingerprintFile ? alwaysChanged : bodies
  return ownParts(node, files, bodies, around)
}

async function ownParts(
  { definition, values }: PlannedNode,
  files: readonly { readonly folder: string; readonly name: string | undefined }[],
  bodies: string,
  { services, fingerprintFile }: FingerprintSurroundings,
): Promise<Own> {
  const declared = await definition.fingerprint?.({ values }, services)
  if (declared === alwaysChanged) return alwaysChanged
  const parts = [bodies, declared ?? '']
  for (const { folder, name } of files) {
    if (fingerprintFile && name !== undefined && name !== '') parts.push(await fingerprintFile({ folder, name }))
  }
  return digest(parts.join('\n'))
}

function filesOf({
  definition,
  registered,
  values,
}: PlannedNode): readonly { readonly folder: string; readonly name: string | undefined }[] {
  return registered.fileInputs.flatMap((input) => {
    const declared = definition.inputs[input]
    if (declared?.kind !== 'value' || declared.widget.type !== 'file') return []
    const value = values[input]
    return [{ folder: declared.widget.folder, name: value === undefined ? undefined : String(value) }]
  })
}
