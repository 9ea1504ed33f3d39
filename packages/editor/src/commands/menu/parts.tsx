import { ContextMenu } from 'radix-ui'
import { createContext, useContext, type ReactNode } from 'react'
import { useT } from '../../contexts/editor-context.tsx'
import { useKeyOf } from '../use-key-of.ts'

/** Colours to mark nodes, groups and notes with; they read on both themes. */
export const tints = ['#b4532a', '#a16207', '#4d7c0f', '#0f766e', '#1d6fb8', '#5b5bd6', '#9333a8', '#be185d'] as const

/** Does something when the menu is gone, so that a field that is opened by it keeps the focus. */
export const AfterMenu = createContext<(action: () => unknown) => void>((action) => void action())

interface ChoiceProps {
  readonly label: string
  readonly onSelect: () => unknown
  /** What is pressed with it, such as `Alt+Click`. */
  readonly keys?: string
  /** The command that does the same; its key is shown. */
  readonly command?: string
  readonly danger?: boolean
  readonly disabled?: boolean
}

export function Choice({ label, onSelect, keys, command, danger, disabled }: ChoiceProps) {
  const after = useContext(AfterMenu)
  const keyOf = useKeyOf()
  const key = keys ?? (command === undefined ? undefined : keyOf(command))
  return (
    <ContextMenu.Item
      className={`menu-choice${danger ? ' danger' : ''}`}
      disabled={disabled}
      onSelect={() => after(onSelect)}
    >
      {label}
      {key && <kbd>{key}</kbd>}
    </ContextMenu.Item>
  )
}

export function Line() {
  return <ContextMenu.Separator className="menu-line" />
}

interface SubmenuProps {
  readonly label: string
  readonly tone?: string
  readonly children: ReactNode
}

export function Submenu({ label, tone, children }: SubmenuProps) {
  return (
    <ContextMenu.Sub>
      <ContextMenu.SubTrigger className="menu-choice">{label}</ContextMenu.SubTrigger>
      <ContextMenu.Portal>
        <ContextMenu.SubContent className={`menu${tone ? ` ${tone}` : ''}`} collisionPadding={8}>
          {children}
        </ContextMenu.SubContent>
      </ContextMenu.Portal>
    </ContextMenu.Sub>
  )
}

/** The choice of a colour, or of none. */
export function ColorChoices({ onPaint }: { readonly onPaint: (color: string | undefined) => void }) {
  const t = useT()
  const after = useContext(AfterMenu)
  return (
    <Submenu label={t('node.color')} tone="tints">
      {tints.map((color) => (
        <ContextMenu.Item
          key={color}
          className="tint"
          aria-label={color}
          style={{ background: color }}
          onSelect={() => after(() => onPaint(color))}
        />
      ))}
      <Choice label={t('node.noColor')} onSelect={() => onPaint(undefined)} />
    </Submenu>
  )
}
