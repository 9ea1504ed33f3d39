import { useState } from 'react'
import type { Issue } from '@patchbay/engine/workflow'
import type { Batch } from '@patchbay/client'
import { gridTargets, lineProblem, valueOfText, type GridTarget, type LineProblem } from '../../state/runs/grid.ts'
import { runTab } from '../../state/actions/run-actions.ts'
import { showDialog, type GridAxis } from '../../state/editor.ts'
import { Icon } from '../../theme/icon.tsx'
import { useEditor, useRegistry, useT, useTab } from '../../contexts/editor-context.tsx'
import type { Translate } from '../../messages/translate.ts'
import { Sheet, type Closable } from '../controls.tsx'

interface Axis {
  readonly target: string
  readonly values: string
}

function linesOf({ values }: Axis): string[] {
  return values.split('\n').filter((line) => line.trim() !== '')
}

/** An axis that has an input and values. */
interface UsedAxis {
  readonly target: GridTarget
  readonly lines: readonly string[]
}

/** Runs the workflow once for each combination of some values. What is refused stays here to be mended. */
export function GridDialog({ close }: Closable) {
  const t = useT()
  const editor = useEditor()
  const tab = useTab()
  const registry = useRegistry()
  const [axes, setAxes] = useState<readonly Axis[]>([{ target: '', values: '' }])
  const [refused, setRefused] = useState<readonly Issue[]>([])
  const targets = gridTargets(tab.document.store.getState().workflow, registry)
  const used = axes.flatMap((axis): UsedAxis[] => {
    const target = targets.find(({ key }) => key === axis.target)
    const lines = linesOf(axis)
    return target && lines.length > 0 ? [{ target, lines }] : []
  })
  const isSound = used.every(({ target, lines }) => lines.every((line) => !lineProblem(line, target.input)))
  const total = used.length === 0 ? 0 : used.reduce((product, { lines }) => product * lines.length, 1)
  const run = (): void => {
    setRefused([])
    void runTab(editor, tab, {
      batch: batchOf(used),
      onRefused: setRefused,
      onQueued: (jobs) => {
        const [across, ...down] = used.map(({ target, lines }): GridAxis => ({ label: target.label, values: lines }))
        if (!across) return
        showDialog(editor.surface, { type: 'grid-results', grid: { across, down, jobs: jobs.map(({ id }) => id) } })
      },
    })
  }
  return (
    <Sheet title={t('grid.title')} onClose={close}>
      {axes.map((axis, index) => (
        <AxisFields
          key={index}
          number={index + 1}
          axis={axis}
          targets={targets}
          change={(patch) => setAxes(axes.map((one, at) => (at === index ? { ...one, ...patch } : one)))}
        />
      ))}
      {refused.map(({ message }, index) => (
        <p key={index} className="failed-text" role="alert">
          {t('grid.refused', { message })}
        </p>
      ))}
      <div className="dialog-actions">
        <button type="button" className="button" onClick={() => setAxes([...axes, { target: '', values: '' }])}>
          <Icon name="plus" />
          {t('grid.add')}
        </button>
        <button type="button" className="button primary" disabled={total === 0 || !isSound} onClick={run}>
          {t('grid.run')} · {t('grid.total', { count: total })}
        </button>
      </div>
    </Sheet>
  )
}

function batchOf(used: readonly UsedAxis[]): Batch {
  return {
    groups: used.map(({ target: { node, input }, lines }) => [
      { target: { node, input: input.name }, values: lines.map((line) => valueOfText(line, input)) },
    ]),
  }
}

interface AxisFieldsProps {
  readonly number: number
  readonly axis: Axis
  readonly targets: readonly GridTarget[]
  readonly change: (patch: Partial<Axis>) => void
}

function AxisFields({ number, axis, targets, change }: AxisFieldsProps) {
  const t = useT()
  const target = targets.find(({ key }) => key === axis.target)
  const problems = linesOf(axis).flatMap((line) => {
    const problem = target && lineProblem(line, target.input)
    return problem ? [`“${line}”: ${problemText(problem, t)}`] : []
  })
  return (
    <fieldset className="axis">
      <legend>{t('grid.axis', { number })}</legend>
      <label className="labelled">
        <span>{t('grid.input')}</span>
        <select
          className="field"
          value={axis.target}
          onChange={(event) => change({ target: event.currentTarget.value })}
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
          aria-invalid={problems.length > 0}
          onChange={(event) => change({ values: event.currentTarget.value })}
        />
      </label>
      {problems.map((problem) => (
        <p key={problem} className="failed-text" role="status">
          {problem}
        </p>
      ))}
    </fieldset>
  )
}

function problemText(problem: LineProblem, t: Translate): string {
  switch (problem.why) {
    case 'number':
      return t('widget.badNumber', { min: problem.min, max: problem.max })
    case 'choice':
      return t('grid.choice', { options: problem.options.join(', ') })
    case 'seed':
      return t('widget.badSeed')
    case 'whole':
      return t('grid.whole')
    case 'switch':
      return t('grid.switch')
    case 'json':
      return t('grid.json')
  }
}
