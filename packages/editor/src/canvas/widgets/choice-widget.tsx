import { useDocumentState } from '../../contexts/editor-context.tsx'
import { Picker } from './picker.tsx'
import type { WidgetProps } from './widget-props.ts'

/** One of some options, with a filter to type into. */
export function ChoiceWidget({ widget, value, label, spoken, change, id }: WidgetProps<'choice'>) {
  const current = typeof value === 'string' ? value : ''
  return <Picker id={id} label={label} spoken={spoken} current={current} options={widget.options} change={change} />
}

/** One of the document's sub-workflows. */
export function SubWorkflowWidget({ value, label, spoken, change, id }: WidgetProps<'workflow'>) {
  const workflows = useDocumentState((state) => state.workflow.workflows)
  const current = typeof value === 'string' ? value : ''
  return (
    <Picker
      id={id}
      label={label}
      spoken={spoken}
      current={current}
      options={Object.keys(workflows ?? {})}
      change={change}
    />
  )
}
