import { useState } from 'react'
import type { NodeLayout } from '@patchbay/engine/workflow'
import { DropdownMenu } from 'radix-ui'
import { nextSeed, parseSeed } from '../../state/values/numbers.ts'
import { patchNodeLayout } from '../../state/edits/nodes.ts'
import { without } from '../../state/edits/graph.ts'
import { Icon } from '../../theme/icon.tsx'
import { useDocument, useGraph, useT } from '../../contexts/editor-context.tsx'
import { keepInside } from './plain-widgets.tsx'
import type { WidgetProps } from './widget-props.ts'

type Seeds = NonNullable<NodeLayout['seeds']>

const rules = ['keep', 'increment', 'decrement', 'randomise'] as const

/** An unsigned 64-bit seed, exact to the last digit, with what becomes of it after each run. */
export function SeedWidget({ value, label, spoken, change, id, node, input }: WidgetProps<'seed'>) {
  const t = useT()
  const document = useDocument()
  const rule = useGraph((graph) => graph.layout?.nodes?.[node]?.seeds?.[input]) ?? 'keep'
  const [typed, setTyped] = useState<string>()
  const text = String(value ?? 0)
  const bad = typed !== undefined && parseSeed(typed) === undefined
  const setRule = (next: string): void =>
    document.editGraph('seed', (graph) => {
      const before: Seeds = graph.layout?.nodes?.[node]?.seeds ?? {}
      const seeds: Seeds =
        next === 'increment' || next === 'decrement' || next === 'randomise'
          ? { ...before, [input]: next }
          : without(before, [input])
      return patchNodeLayout(graph, [node], { seeds: Object.keys(seeds).length > 0 ? seeds : undefined })
    })
  return (
    <div className="widget seed" {...keepInside}>
      <span className="widget-label">{label}</span>
      <input
        id={id}
        className="widget-input"
        value={typed ?? text}
        inputMode="numeric"
        aria-label={spoken}
        aria-invalid={bad}
        title={bad ? t('widget.badSeed') : text}
        onChange={(event) => {
          setTyped(event.currentTarget.value)
          const seed = parseSeed(event.currentTarget.value)
          if (seed !== undefined) change(seed, 'type')
        }}
        onBlur={() => setTyped(undefined)}
      />
      <button
        type="button"
        className="widget-button"
        aria-label={t('widget.seedNew')}
        title={t('widget.seedNew')}
        onClick={() => change(nextSeed(0, 'randomise'))}
      >
        <Icon name="shuffle" />
      </button>
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger
          className="widget-button rule"
          aria-label={`${t('widget.seedAfter')}: ${t(`widget.seed.${rule}`)}`}
          title={`${t('widget.seedAfter')}: ${t(`widget.seed.${rule}`)}`}
        >
          {{ keep: '=', increment: '+1', decrement: '−1', randomise: '?' }[rule]}
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content className="menu" align="end" sideOffset={4}>
            <DropdownMenu.Label className="menu-title">{t('widget.seedAfter')}</DropdownMenu.Label>
            <DropdownMenu.RadioGroup value={rule} onValueChange={setRule}>
              {rules.map((one) => (
                <DropdownMenu.RadioItem key={one} value={one} className="menu-choice">
                  {t(`widget.seed.${one}`)}
                  {one === rule && <Icon name="check" />}
                </DropdownMenu.RadioItem>
              ))}
            </DropdownMenu.RadioGroup>
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
    </div>
  )
}
