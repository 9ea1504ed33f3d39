import type { FingerprintParts } from '../planning/planned-node.ts'
import type { NodeId } from '../workflow/index.ts'

/**
 * What each node of a workflow was last computed from. A run looks back at earlier runs, and adds to what later ones
 * see.
 */
export interface LastParts {
  /** Of an earlier run. */
  get(node: NodeId): FingerprintParts | undefined
  add(node: NodeId, parts: FingerprintParts): void
}

/** So many are kept as they come before they are put in order. */
const mostInLine = 200_000

/**
 * What runs add is only put in line; it is put in order when a later run looks back for the first time. So a first run,
 * which has nothing to look back at, pays next to nothing, and neither does one that finds all it needs.
 */
export class LastPartsOfRuns {
  private readonly partsByNode = new Map<NodeId, FingerprintParts>()
  private readonly nodes: NodeId[] = []
  private readonly parts: FingerprintParts[] = []

  /** For a run that begins now. */
  forRun(): LastParts {
    if (this.nodes.length > mostInLine) this.putInOrder()
    let hasEarlier = this.partsByNode.size > 0 || this.nodes.length > 0
    let inOrder = this.nodes.length === 0
    return {
      get: (node) => {
        if (!hasEarlier) return undefined
        if (!inOrder) {
          this.putInOrder()
          inOrder = true
          hasEarlier = this.partsByNode.size > 0
        }
        return this.partsByNode.get(node)
      },
      add: (node, parts) => {
        this.nodes.push(node)
        this.parts.push(parts)
      },
    }
  }

  private putInOrder(): void {
    for (const [index, node] of this.nodes.entries()) {
      const parts = this.parts[index]
      if (parts) this.partsByNode.set(node, parts)
    }
    this.nodes.length = 0
    this.parts.length = 0
  }
}
