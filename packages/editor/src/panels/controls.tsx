import { Dialog, Tooltip } from 'radix-ui'
import type { ReactNode } from 'react'
import { Icon, type IconName } from '../theme/icon.tsx'
import { useT } from '../contexts/editor-context.tsx'

interface IconButtonProps {
  readonly icon: IconName
  readonly label: string
  readonly onClick?: () => void
  readonly pressed?: boolean
  readonly disabled?: boolean
  readonly small?: boolean
}

/** A button with a picture; its words are in the tooltip and for screen readers. */
export function IconButton({ icon, label, onClick, pressed, disabled, small }: IconButtonProps) {
  return (
    <Hint text={label}>
      <button
        type="button"
        className={`icon-button${small ? ' small' : ''}`}
        aria-label={label}
        {...(pressed === undefined ? {} : { 'aria-pressed': pressed })}
        disabled={disabled}
        onClick={onClick}
      >
        <Icon name={icon} />
      </button>
    </Hint>
  )
}

export function Hint({ text, children }: { readonly text: string; readonly children: ReactNode }) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content className="tooltip" sideOffset={6} collisionPadding={8}>
          {text}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  )
}

/** What every dialog is given: the way to close it. */
export interface Closable {
  readonly close: () => void
}

interface SheetProps {
  readonly title: string
  readonly onClose: () => void
  readonly children: ReactNode
  readonly wide?: boolean
  readonly description?: string
}

/** A dialog in the middle of the page. */
export function Sheet({ title, onClose, children, wide, description }: SheetProps) {
  const t = useT()
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="scrim" />
        <Dialog.Content
          className={`dialog${wide ? ' wide' : ''}`}
          {...(description ? {} : { 'aria-describedby': undefined })}
        >
          <Dialog.Title asChild>
            <h2>{title}</h2>
          </Dialog.Title>
          {description && <Dialog.Description className="soft">{description}</Dialog.Description>}
          {children}
          <Dialog.Close asChild>
            <button type="button" className="icon-button dialog-close" aria-label={t('app.close')}>
              <Icon name="close" />
            </button>
          </Dialog.Close>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
