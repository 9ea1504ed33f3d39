import { useCallback, useEffect, useState } from 'react'
import { useStore } from 'zustand'
import type { Toast } from '../state/editor.ts'
import { useEditor, useT } from '../contexts/editor-context.tsx'
import { Icon } from '../theme/icon.tsx'

/** Short messages that go away by themselves; screen readers hear them. */
export function Toasts() {
  const { surface } = useEditor()
  const toasts = useStore(surface, (state) => state.toasts)
  return (
    <div className="toasts" aria-live="polite" role="status">
      {toasts.map((toast) => (
        <ToastView key={toast.id} toast={toast} />
      ))}
    </div>
  )
}

/** How long a message stands, in milliseconds; one that can be answered stands longer. */
const standsMs = { plain: 3500, good: 3500, bad: 7000, withAction: 12_000 } as const

function ToastView({ toast }: { readonly toast: Toast }) {
  const t = useT()
  const { surface } = useEditor()
  const [held, setHeld] = useState(false)
  const dismiss = useCallback(
    () => surface.setState((state) => ({ toasts: state.toasts.filter((one) => one.id !== toast.id) })),
    [surface, toast],
  )
  useEffect(() => {
    if (held) return
    const gone = setTimeout(dismiss, toast.action ? standsMs.withAction : standsMs[toast.tone])
    return () => clearTimeout(gone)
  }, [dismiss, toast, held])
  const { action } = toast
  return (
    <div
      className="toast"
      data-tone={toast.tone}
      // It stays while it is read.
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <p>{toast.text}</p>
      {action && (
        <button
          type="button"
          className="button"
          onClick={() => {
            dismiss()
            action.run()
          }}
        >
          {action.label}
        </button>
      )}
      <button type="button" className="icon-button small" aria-label={t('app.dismiss')} onClick={dismiss}>
        <Icon name="close" />
      </button>
    </div>
  )
}
