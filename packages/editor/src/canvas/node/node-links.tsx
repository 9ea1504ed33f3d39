import { memo } from 'react'
import type { NodeId, NodeManifest } from '@patchbay/engine/workflow'
import { linksInto } from '../../state/edits/links.ts'
import { linksOutOf } from '../../state/edits/reading-order.ts'
import type { Graph } from '../../state/edits/graph.ts'
import { useGraph, useRegistry, useT, useDocumentState } from '../../contexts/editor-context.tsx'
import { manifestOfNode } from '../../state/registry/registry.ts'

interface NodeLinksProps {
  readonly id: NodeId
  readonly manifest: NodeManifest | undefined
}

/** What feeds a node and what it feeds, in words, for who cannot see the lines. */
export const NodeLinks = memo(function NodeLinks({ id, manifest }: NodeLinksProps) {
  const t = useT()
  const registry = useRegistry()
  const workflows = useDocumentState((state) => state.workflow.workflows)
  const text = useGraph((graph) => {
    const titleOf = (node: NodeId): string => titleIn(graph, node) ?? labelIn(graph, node)
    const labelIn = (one: Graph, node: NodeId): string => {
      const instance = one.nodes[node]
      if (!instance) return node
      return manifestOfNode(registry, workflows ? { workflows } : {}, instance)?.label ?? instance.type
    }
    const takes = linksInto(graph, id).map(({ input, from }) =>
      t('node.takes', { input: nameOf(manifest?.inputs, input), node: titleOf(from) }),
    )
    const gives = linksOutOf(graph, id).map(({ output, to }) =>
      t('node.gives', { output: nameOf(manifest?.outputs, output), node: titleOf(to) }),
    )
    return [...takes, ...gives].join(' ')
  })
  return (
    <p id={`links-of-${id}`} className="hidden-text">
      {text}
    </p>
  )
})

function titleIn(graph: Graph, node: NodeId): string | undefined {
  return graph.layout?.nodes?.[node]?.title
}

function nameOf(ends: readonly { readonly name: string; readonly label: string }[] | undefined, name: string): string {
  return ends?.find((end) => end.name === name)?.label ?? name
}
