import { memo } from 'react'
import type { JsonValue, NodeId, ValueInputManifest, Widget } from '@patchbay/engine/workflow'
import { setValue } from '../../state/edits/nodes.ts'
import { useDocument, useGraph, useT, useTitleOf } from '../../contexts/editor-context.tsx'
import { FaultBoundary } from '../../contexts/fault-boundary.tsx'
import { loadedPart } from '../../contexts/loaded-part.tsx'
import { ChoiceWidget, SubWorkflowWidget } from './choice-widget.tsx'
import { FileWidget } from './file-widget.tsx'
import { NumberWidget } from './number-widget.tsx'
import { SeedWidget } from './seed-widget.tsx'
import type { WidgetProps } from './widget-props.ts'
import { ColorWidget, JsonWidget, TextWidget, ToggleWidget } from './plain-widgets.tsx'
import './widgets.css'

const CurveWidget = loadedPart(async () => (await import('./curve-widget.tsx')).CurveWidget)

interface ValueFieldProps {
  readonly node: NodeId
  readonly input: ValueInputManifest
}

/** The control of one value of one node. Only this draws again when the value changes. */
export const ValueField = memo(function ValueField({ node, input }: ValueFieldProps) {
  const document = useDocument()
  const value = useGraph((graph) => graph.nodes[node]?.values[input.name]) ?? input.default
  const change = (next: JsonValue, merge?: string): void =>
    document.editGraph('value', (graph) => setValue(graph, node, input.name, next), {
      ...(merge === undefined ? {} : { merge: `${node}.${input.name}.${merge}` }),
    })
  const t = useT()
  const spoken = t('widget.of', { label: input.label, node: useTitleOf(node) })
  const props = {
    value,
    label: input.label,
    spoken,
    change,
    id: `value-${node}-${input.name}`,
    node,
    input: input.name,
  }
  return widgetOf(input.widget, props)
})

export function widgetOf(widget: Widget, props: Omit<WidgetProps<'text'>, 'widget'>) {
  switch (widget.type) {
    case 'int':
    case 'float':
      return <NumberWidget widget={{ ...widget, type: widget.type }} {...props} />
    case 'text':
      return <TextWidget widget={widget} {...props} />
    case 'choice':
      return <ChoiceWidget widget={widget} {...props} />
    case 'toggle':
      return <ToggleWidget widget={widget} {...props} />
    case 'seed':
      return <SeedWidget widget={widget} {...props} />
    case 'file':
      return <FileWidget widget={widget} {...props} />
    case 'color':
      return <ColorWidget widget={widget} {...props} />
    case 'curve':
      return (
        <FaultBoundary scope="node">
          <CurveWidget widget={widget} {...props} />
        </FaultBoundary>
      )
    case 'workflow':
      return <SubWorkflowWidget widget={widget} {...props} />
    case 'json':
      return <JsonWidget widget={widget} {...props} />
  }
}
