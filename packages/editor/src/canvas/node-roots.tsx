import type { ReactNode } from 'react'
import { createPortal } from 'react-dom'
import { useStore } from 'zustand'
import { createStore } from 'zustand/vanilla'

/** What Rete's React plugin draws into the elements of nodes. */
export class NodeRoots {
  readonly store = createStore<{ readonly drawn: ReadonlyMap<Element, ReactNode> }>(() => ({
    drawn: new Map(),
  }))
  private readonly keys = new WeakMap<Element, string>()
  private made = 0

  /**
   * A root for the plugin that is no tree of its own: what is drawn becomes a portal of the page's one tree, so that
   * nodes see its contexts and their events reach what stands around the canvas.
   */
  readonly create = (container: Element | DocumentFragment) => {
    if (!(container instanceof HTMLElement)) throw new TypeError('A node is drawn into an element.')
    // The plugin's wrapper must not be a box of its own.
    container.style.display = 'contents'
    this.made++
    this.keys.set(container, String(this.made))
    const edit = (change: (drawn: Map<Element, ReactNode>) => void) => {
      const drawn = new Map(this.store.getState().drawn)
      change(drawn)
      this.store.setState({ drawn })
    }
    return {
      render: (node: ReactNode) => {
        edit((drawn) => drawn.set(container, node))
      },
      unmount: () => {
        edit((drawn) => drawn.delete(container))
      },
    }
  }

  /** Of what is drawn, a portal each. */
  portals(drawn: ReadonlyMap<Element, ReactNode>): ReactNode[] {
    return [...drawn].map(([container, node]) => createPortal(node, container, this.keys.get(container)))
  }
}

/** Draws what `roots` were given. */
export function NodePortals({ roots }: { readonly roots: NodeRoots }) {
  return roots.portals(useStore(roots.store, ({ drawn }) => drawn))
}
