import type { InputManifest, NodeId, NodeInstance } from '@patchbay/engine/workflow'
import { patchNodeLayout } from '../../state/edits/nodes.ts'
import { offeredInput } from '../../state/edits/sub-workflow-ends.ts'
import type { Registry } from '../../state/registry/registry.ts'
import { Icon } from '../../theme/icon.tsx'
import { useDocument, useGraph, useT } from '../../contexts/editor-context.tsx'
import type { NodeGeometry, Row } from '../node-geometry.ts'
import { ValueField } from '../widgets/widget.tsx'
import { SocketDot } from './socket-dot.tsx'

interface NodeRowProps {
  readonly id: NodeId
  readonly row: Row
  readonly registry: Registry
  readonly geometry: NodeGeometry
  readonly instance: NodeInstance
}

/** One line of a node: an input, an output, or both. */
export function NodeRow({ id, row, registry, geometry, instance }: NodeRowProps) {
  const linked = instance.links
  const { input, output, y, height } = row
  const offered = input && offeredInput(instance, input.name)
  return (
    <div className="node-row" style={{ top: y, height }} data-input={input?.name} data-widget={row.widget || undefined}>
      {input && <InputSocket id={id} input={input} registry={registry} linked={input.name in linked} />}
      {input &&
        (row.widget && input.kind === 'value' ? (
          <ValueField node={id} input={input} />
        ) : (
          <InputLabel id={id} input={input} linked={input.name in linked} offered={offered} />
        ))}
      {output && (
        <>
          <span className="row-label out" title={output.description}>
            {output.label}
          </span>
          <SocketDot
            node={id}
            side="output"
            name={output.name}
            label={`${output.label}: ${registry.labelOf(output.type)}`}
            color={registry.colorOf(output.type)}
            x={geometry.width}
            y={13}
            optional={false}
            list={output.list}
            quiet={false}
          />
        </>
      )}
    </div>
  )
}

function InputSocket({
  id,
  input,
  registry,
  linked,
}: {
  id: NodeId
  input: InputManifest
  registry: Registry
  linked: boolean
}) {
  const t = useT()
  const fixed = useGraph((graph) => graph.layout?.nodes?.[id]?.sockets?.includes(input.name) ?? false)
  const types = input.types.map(registry.labelOf).join(' / ')
  const optional = input.kind === 'link' && input.optional
  const notes = [
    types,
    ...(optional ? [t('socket.optional')] : []),
    ...(input.kind === 'link' && input.list ? [t('socket.list')] : []),
  ]
  return (
    <SocketDot
      node={id}
      side="input"
      name={input.name}
      label={`${input.label}: ${notes.join(', ')}`}
      color={registry.colorOf(input.types[0] ?? '*')}
      x={0}
      y={13}
      optional={optional && !linked}
      list={input.kind === 'link' && input.list}
      quiet={input.kind === 'value' && !linked && !fixed}
    />
  )
}

interface InputLabelProps {
  readonly id: NodeId
  readonly input: InputManifest
  readonly linked: boolean
  /** The input of the sub-workflow that feeds it. */
  readonly offered: string | undefined
}

function InputLabel({ id, input, linked, offered }: InputLabelProps) {
  const t = useT()
  const document = useDocument()
  const toWidget = (): void =>
    document.editGraph('widget', (graph) => {
      const sockets = graph.layout?.nodes?.[id]?.sockets?.filter((name) => name !== input.name) ?? []
      return patchNodeLayout(graph, [id], { sockets: sockets.length > 0 ? sockets : undefined })
    })
  return (
    <span className="row-label" title={input.description} data-linked={linked || undefined}>
      {input.label}
      {offered !== undefined && (
        <span className="offered" title={t('sub.offered', { label: offered })}>
          <Icon name="inside" />
          <span className="hidden-text">{t('sub.offered', { label: offered })}</span>
        </span>
      )}
      {input.kind === 'value' && !linked && (
        <button
          type="button"
          className="row-action"
          onPointerDown={(event) => event.stopPropagation()}
          onClick={toWidget}
          title={t('socket.toWidget')}
          aria-label={t('socket.toWidget')}
        >
          <Icon name="close" />
        </button>
      )}
    </span>
  )
}
