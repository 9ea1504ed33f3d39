import { useState } from 'react'
import { judgeLink } from '../../canvas/linking.ts'
import { inputsOf } from '../../canvas/node-geometry.ts'
import { useRegistry, useT, useTab } from '../../contexts/editor-context.tsx'
import type { Stage } from '../../canvas/stage.ts'
import type { SocketRef } from '../../state/edits/links.ts'
import { Sheet } from '../controls.tsx'

interface LinkDialogProps {
  readonly node: string
  readonly stage: Stage
  readonly close: () => void
}

/** Linking with the keyboard alone: first the socket of the node, then one of the sockets that fit. */
export function LinkDialog({ node, stage, close }: LinkDialogProps) {
  const t = useT()
  const tab = useTab()
  const registry = useRegistry()
  const [from, setFrom] = useState<SocketRef>()
  const graph = tab.document.graph()
  const title = (id: string): string =>
    graph.layout?.nodes?.[id]?.title ?? stage.manifestOf(id)?.label ?? graph.nodes[id]?.type ?? id
  const socketsOf = (id: string): { ref: SocketRef; label: string }[] => {
    const manifest = stage.manifestOf(id)
    const instance = graph.nodes[id]
    if (!manifest || !instance) return []
    return [
      ...manifest.outputs.map((output) => ({
        ref: { side: 'output' as const, node: id, name: output.name },
        label: `→ ${output.label} (${registry.labelOf(output.type)})`,
      })),
      ...inputsOf(manifest, instance).map((input) => ({
        ref: { side: 'input' as const, node: id, name: input.name },
        label: `${input.label} (${input.types.map(registry.labelOf).join(' / ')})`,
      })),
    ]
  }
  const facts = { graph, registry, manifestOf: (id: string) => stage.manifestOf(id) }
  const targets = from
    ? Object.keys(graph.nodes).flatMap((id) =>
        socketsOf(id)
          .filter(({ ref }) => judgeLink(facts, from, ref).ok)
          .map(({ ref, label }) => ({ ref, label: `${title(id)} ${id} · ${label}` })),
      )
    : []
  const choose = (ref: SocketRef): void => {
    if (!from) {
      setFrom(ref)
      return
    }
    stage.links.link(from, ref)
    close()
  }
  const choices = from ? targets : socketsOf(node)
  return (
    <Sheet
      title={t('link.keyboard', { label: `${title(node)} ${node}` })}
      description={t(from ? 'link.chooseTarget' : 'link.chooseOutput')}
      onClose={close}
    >
      <ul className="link-choices" key={from ? 'to' : 'from'}>
        {choices.map(({ ref, label }, index) => (
          <li key={`${ref.node}.${ref.side}.${ref.name}`}>
            <button
              type="button"
              className="menu-choice link-choice"
              autoFocus={index === 0}
              onClick={() => choose(ref)}
              onKeyDown={(event) => {
                const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
                if (step === 0) return
                event.preventDefault()
                const all = [...(event.currentTarget.closest('ul')?.querySelectorAll('button') ?? [])]
                all[(all.indexOf(event.currentTarget) + step + all.length) % all.length]?.focus()
              }}
            >
              {label}
            </button>
          </li>
        ))}
      </ul>
      {choices.length === 0 && <p className="faint">{t('refused.missing')}</p>}
    </Sheet>
  )
}
