import { useState } from 'react'
import { parseJson, type JsonValue, type ValueInputManifest } from '@patchbay/engine/workflow'
import type { Batch } from '@patchbay/client'
import { manifestOfNode } from '../../state/registry/registry.ts'
import { runTab } from '../../state/actions/run-actions.ts'
import { Icon } from '../../theme/icon.tsx'
import { useEditor, useRegistry, useT, useTab } from '../../contexts/editor-context.tsx'
import { Sheet } from '../controls.tsx'

interface Axis {
  readonly target: string
  readonly values: string
}

/** A text as a value of an input: numbers and switches by their kind, anything else as it stands. */
export function valueOfText(text: string, input: ValueInputManifest): JsonValue {
  switch (input.widget.type) {
    case 'int':
    case 'float':
    case 'seed':
    case 'toggle':
    case 'curve':
    case 'json': {
      const parsed = parseJson(text)
      return parsed.ok ? parsed.value : text
    }
    case 'text':
    case 'choice':
    case 'file':
    case 'color':
    case 'workflow':
      return text
  }
}

/** Runs the workflow once for each combination of some values. */
export function GridDialog({ close }: { readonly close: () => void }) {
  const t = useT()
  const editor = useEditor()
  const tab = useTab()
  const registry = useRegistry()
  const [axes, setAxes] = useState<readonly Axis[]>([{ target: '', values: '' }])
  const { workflow } = tab.document.store.getState()
  const targets = Object.entries(workflow.nodes).flatMap(([node, instance]) => {
    const manifest = manifestOfNode(registry, workflow, instance)
    const title = workflow.layout?.nodes?.[node]?.title ?? manifest?.label ?? instance.type
    return (manifest?.inputs ?? []).flatMap((input) =>
      input.kind === 'value' && !(input.name in instance.links)
        ? [{ key: `${node}/${input.name}`, node, input, label: `${title} ${node} · ${input.label}` }]
        : [],
    )
  })
  const lines = (axis: Axis): string[] => axis.values.split('\n').filter((line) => line.trim() !== '')
  const used = axes.filter((axis) => axis.target !== '' && lines(axis).length > 0)
  const total = used.reduce((product, axis) => product * lines(axis).length, 1)
  const batch: Batch = {
    groups: used.flatMap((axis) => {
      const target = targets.find((one) => one.key === axis.target)
      return target
        ? [
            [
              {
                target: { node: target.node, input: target.input.name },
                values: lines(axis).map((line) => valueOfText(line, target.input)),
              },
            ],
          ]
        : []
    }),
  }
  const change = (index: number, patch: Partial<Axis>): void =>
    setAxes(axes.map((axis, at) => (at === index ? { ...axis, ...patch } : axis)))
  return (
    <Sheet title={t('grid.title')} onClose={close}>
      {axes.map((axis, index) => (
        <fieldset key={index} className="axis">
          <legend>{t('grid.axis', { number: index + 1 })}</legend>
          <label className="labelled">
            <span>{t('grid.input')}</span>
            <select
              className="field"
              value={axis.target}
              onChange={(event) => change(index, { target: event.currentTarget.value })}
            >
              <option value="" />
              {targets.map(({ key, label }) => (
                <option key={key} value={key}>
                  {label}
                </option>
              ))}
            </select>
          </label>
          <label className="labelled">
            <span>{t('grid.values')}</span>
            <textarea
              className="field"
              rows={3}
              value={axis.values}
              onChange={(event) => change(index, { values: event.currentTarget.value })}
            />
          </label>
        </fieldset>
      ))}
      <div className="dialog-actions">
        <button type="button" className="button" onClick={() => setAxes([...axes, { target: '', values: '' }])}>
          <Icon name="plus" />
          {t('grid.add')}
        </button>
        <button
          type="button"
          className="button primary"
          disabled={used.length === 0}
          onClick={() => {
            close()
            void runTab(editor, tab, { batch })
          }}
        >
          {t('grid.run')} · {t('grid.total', { count: used.length === 0 ? 0 : total })}
        </button>
      </div>
    </Sheet>
  )
}
