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
  const registry = useRegistry()
  const [query, setQuery] = useState('')
  const bookmarks = useStore(editor.settings, (settings) => settings.bookmarks)
  const groups = useMemo(() => {
    const nodes = query
      ? searchNodes(registry.manifest.nodes, query).map(({ manifest }) => manifest)
      : registry.manifest.nodes
    const byCategory = new Map<string, NodeManifest[]>()
    for (const node of nodes) byCategory.set(node.category, [...(byCategory.get(node.category) ?? []), node])
    return [...byCategory]
  }, [registry, query])
  const marked = registry.manifest.nodes.filter((node) => bookmarks.includes(node.type))
  const add = (manifest: NodeManifest): void => {
    if (!stage) return
    countUse(editor.settings, manifest.type)
    placeNode(stage, manifest, { at: stage.center(), screen: { x: 0, y: 0 } })
  }
  const row = (manifest: NodeManifest) => {
    const isMarked = bookmarks.includes(manifest.type)
    return (
      <li
        key={manifest.type}
        className="library-node"
        draggable
        onDragStart={(event) => event.dataTransfer.setData(nodeDragType, manifest.type)}
      >
        <button
          type="button"
          className="library-add"
          title={manifest.description}
          aria-label={t('library.add', { label: manifest.label })}
          onClick={() => add(manifest)}
        >
          {manifest.label}
        </button>
        <button
          type="button"
          className="tab-close"
          aria-pressed={isMarked}
          aria-label={t('library.bookmark', { label: manifest.label })}
          onClick={() =>
            editor.settings.setState({
              bookmarks: isMarked ? bookmarks.filter((type) => type !== manifest.type) : [...bookmarks, manifest.type],
            })
          }
        >
          <Icon name="star" filled={isMarked} />
        </button>
      </li>
    )
  }
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
            <ul>{marked.map(row)}</ul>
          </details>
        )}
        {groups.map(([category, nodes]) => (
          <details key={category} open={query !== '' || registry.manifest.nodes.length <= 40} className="library-group">
            <summary>
              {category} <span className="faint">{nodes.length}</span>
            </summary>
            <ul>{nodes.map(row)}</ul>
          </details>
        ))}
        {groups.length === 0 && <p className="faint">{t('search.none', { query })}</p>}
      </div>
    </>
  )
}
