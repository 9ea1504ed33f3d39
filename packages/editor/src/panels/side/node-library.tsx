import { useMemo, useState } from 'react'
import { useStore } from 'zustand'
import type { NodeManifest } from '@patchbay/engine/workflow'
import { searchNodes } from '../../state/registry/search.ts'
import { countUse } from '../../state/settings/settings.ts'
import { Icon } from '../../theme/icon.tsx'
import { useEditor, useRegistry, useT } from '../../contexts/editor-context.tsx'
import type { Stage } from '../../canvas/stage.ts'
import { placeNode } from '../../commands/place-node.ts'
import { nodeDragType } from '../use-dropped.ts'

/** All nodes by category, with bookmarks first: click to add in the middle, or drag onto the canvas. */
export function NodeLibrary({ stage }: { readonly stage: Stage | undefined }) {
  const t = useT()
  const editor = useEditor()
  const { nodes } = useRegistry().manifest
  const [query, setQuery] = useState('')
  const bookmarks = useStore(editor.settings, (settings) => settings.bookmarks)
  const groups = useMemo(
    () => byCategory(query ? searchNodes(nodes, query).map(({ manifest }) => manifest) : nodes),
    [nodes, query],
  )
  const marked = nodes.filter((node) => bookmarks.includes(node.type))
  const rows = (manifests: readonly NodeManifest[]) => (
    <ul>
      {manifests.map((manifest) => (
        <LibraryNode key={manifest.type} stage={stage} manifest={manifest} />
      ))}
    </ul>
  )
  return (
    <>
      <input
        className="field panel-search"
        type="search"
        placeholder={t('search.placeholder')}
        aria-label={t('search.label')}
        value={query}
        onChange={(event) => setQuery(event.currentTarget.value)}
      />
      <div className="panel-body">
        {marked.length > 0 && !query && (
          <details open className="library-group">
            <summary>{t('library.bookmarks')}</summary>
            {rows(marked)}
          </details>
        )}
        {groups.map(([category, members]) => (
          <details key={category} open={query !== '' || nodes.length <= 40} className="library-group">
            <summary>
              {category} <span className="faint">{members.length}</span>
            </summary>
            {rows(members)}
          </details>
        ))}
        {groups.length === 0 && <p className="faint">{t('search.none', { query })}</p>}
      </div>
    </>
  )
}

/** Each category with its nodes, in the order in which they come. */
function byCategory(nodes: readonly NodeManifest[]): [category: string, nodes: readonly NodeManifest[]][] {
  const categories = new Map<string, NodeManifest[]>()
  for (const node of nodes) categories.set(node.category, [...(categories.get(node.category) ?? []), node])
  return [...categories]
}

interface LibraryNodeProps {
  readonly stage: Stage | undefined
  readonly manifest: NodeManifest
}

/** One node of the library, with the star that bookmarks it. */
function LibraryNode({ stage, manifest }: LibraryNodeProps) {
  const t = useT()
  const { settings } = useEditor()
  const { type, label, description } = manifest
  const isMarked = useStore(settings, ({ bookmarks }) => bookmarks.includes(type))
  const add = (): void => {
    if (!stage) return
    countUse(settings, type)
    placeNode(stage, manifest, { at: stage.center(), screen: { x: 0, y: 0 } })
  }
  const mark = (): void => {
    const { bookmarks } = settings.getState()
    settings.setState({ bookmarks: isMarked ? bookmarks.filter((marked) => marked !== type) : [...bookmarks, type] })
  }
  return (
    <li className="library-node" draggable onDragStart={(event) => event.dataTransfer.setData(nodeDragType, type)}>
      <button
        type="button"
        className="library-add"
        title={description}
        aria-label={t('library.add', { label })}
        onClick={add}
      >
        {label}
      </button>
      <button
        type="button"
        className="tab-close"
        aria-pressed={isMarked}
        aria-label={t('library.bookmark', { label })}
        onClick={mark}
      >
        <Icon name="star" filled={isMarked} />
      </button>
    </li>
  )
}
