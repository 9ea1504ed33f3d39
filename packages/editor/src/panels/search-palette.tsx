import { useEffect, useMemo, useRef, useState, type RefObject } from 'react'
import { useStore } from 'zustand'
import { subWorkflowPrefix, type NodeManifest } from '@patchbay/engine/workflow'
import { wouldHoldItself } from '../state/edits/nesting.ts'
import { manifestOfNode } from '../state/registry/registry.ts'
import { rankedFor, searchNodes, type Found } from '../state/registry/search.ts'
import { countUse } from '../state/settings/settings.ts'
import type { SearchState } from '../state/editor.ts'
import { useEditor, useRegistry, useT, useTab } from '../contexts/editor-context.tsx'
import { fittingSocket } from '../canvas/linking.ts'
import { placeNode } from '../commands/place-node.ts'
import type { Stage } from '../canvas/stage.ts'
import { Palette } from './palette.tsx'

/** Finds a node by name, alias, type and category; with a link in hand, only nodes that fit. */
export function SearchPalette({ stage }: { readonly stage: Stage | undefined }) {
  const search = useStore(useEditor().surface, (surface) => surface.search)
  return search && stage ? <NodeSearch key={`${search.at.x}/${search.at.y}`} search={search} stage={stage} /> : null
}

function NodeSearch({ search, stage }: { readonly search: SearchState; readonly stage: Stage }) {
  const t = useT()
  const editor = useEditor()
  const registry = useRegistry()
  const [query, setQuery] = useState('')
  const panel = useRef<HTMLDivElement>(null)
  const found = useFound(search, query)
  const close = (): void => editor.surface.setState({ search: undefined })
  const choose = (manifest: NodeManifest): void => {
    countUse(editor.settings, manifest.type)
    placeNode(stage, manifest, search)
    close()
  }
  usePressOutside(panel, close)
  const type = search.types?.map(registry.labelOf).join(' / ')
  const { innerWidth, innerHeight } = window
  return (
    <div
      ref={panel}
      className="palette"
      role="dialog"
      aria-label={t('search.label')}
      onKeyDown={(event) => {
        // Tab goes on to the rest of the page, which the search would cover.
        if (event.key === 'Tab' || (event.key === 'Escape' && !event.nativeEvent.isComposing)) close()
      }}
      onBlur={({ relatedTarget }) => {
        if (relatedTarget instanceof Node && !panel.current?.contains(relatedTarget)) close()
      }}
      style={{
        left: Math.max(12, Math.min(search.screen.x - 40, innerWidth - 392)),
        top: Math.max(12, Math.min(search.screen.y - 20, innerHeight - 440)),
      }}
    >
      <Palette
        id="palette"
        label={t('search.label')}
        placeholder={t('search.placeholder')}
        resultsLabel={t('search.results', { count: found.length })}
        entries={found.map(({ manifest }) => ({
          key: manifest.type,
          content: (
            <>
              <span className="palette-name">{manifest.label}</span>
              <span className="palette-category">{manifest.category}</span>
              <span className="palette-text">{manifest.description}</span>
            </>
          ),
          choose: () => choose(manifest),
        }))}
        entryClass="palette-choice"
        onQuery={setQuery}
        onEscape={close}
        note={type && <p className="palette-filter faint">{t('search.fits', { type })}</p>}
        none={<p className="palette-none soft">{t(search.fixed ? 'search.noneFits' : 'search.none', { query })}</p>}
      />
    </div>
  )
}

/** The nodes that are found, best first: with an open link, those that fit it. */
function useFound(search: SearchState, query: string): readonly Found[] {
  const editor = useEditor()
  const tab = useTab()
  const registry = useRegistry()
  const uses = useStore(editor.settings, (settings) => settings.uses)
  const all = useMemo(() => {
    const { workflow, path } = tab.document.store.getState()
    const subs = Object.keys(workflow.workflows ?? {}).flatMap((name): NodeManifest[] => {
      const type = `${subWorkflowPrefix}${name}`
      const manifest = manifestOfNode(registry, workflow, { type })
      return manifest && !wouldHoldItself(workflow.workflows, path, type) ? [manifest] : []
    })
    const { fixed, types } = search
    const fits = (manifest: NodeManifest): boolean =>
      !fixed || !types || fittingSocket(registry, manifest, { side: fixed.side, types }) !== undefined
    return [...registry.manifest.nodes, ...subs].filter(fits)
  }, [registry, search, tab.document])
  const { counts, pairs } = useStore(editor.templates.store)
  useEffect(() => void editor.templates.ensure().catch(() => undefined), [editor])
  return useMemo(() => {
    const names = searchNodes(all, query, { uses, inTemplates: counts })
    const { fixed, types } = search
    if (!fixed || !types) return names
    return rankedFor(names, { side: fixed.side, types, node: tab.document.graph().nodes[fixed.node]?.type }, pairs)
  }, [all, query, uses, counts, pairs, search, tab.document])
}

/** Hears presses on the page outside of a part of it. */
function usePressOutside(part: RefObject<HTMLElement | null>, hear: () => void): void {
  useEffect(() => {
    const outside = (event: PointerEvent): void => {
      if (event.target instanceof Node && !part.current?.contains(event.target)) hear()
    }
    window.addEventListener('pointerdown', outside, true)
    return () => window.removeEventListener('pointerdown', outside, true)
  })
}
