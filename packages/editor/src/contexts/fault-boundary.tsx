import { Component, type ErrorInfo, type ReactNode } from 'react'
import { PartNotLoaded } from './loaded-part.tsx'
import { useT } from './editor-context.tsx'

export type FaultScope = 'page' | 'tab' | 'dialog' | 'node'

interface BoundaryProps {
  /** How much of the page is gone with what broke. */
  readonly scope: FaultScope
  readonly children: ReactNode
  /** Another value tries again: what is shown is another thing. */
  readonly resetBy?: unknown
  /** Other ways out than to try again or to reload. */
  readonly actions?: ReactNode
  /** Stands around the message, such as the frame of a dialog. */
  readonly frame?: (message: ReactNode) => ReactNode
}
interface BoundaryState {
  readonly fault: unknown
  readonly isBroken: boolean
  readonly stack: string
}

const whole: BoundaryState = { fault: undefined, isBroken: false, stack: '' }

/**
 * Shows what went wrong in place of a part of the page that threw while it was drawn; the rest of the page lives on.
 */
export class FaultBoundary extends Component<BoundaryProps, BoundaryState> {
  override readonly state: BoundaryState = whole

  static getDerivedStateFromError(fault: unknown): Partial<BoundaryState> {
    return { fault, isBroken: true }
  }

  override componentDidCatch(_fault: unknown, { componentStack }: ErrorInfo): void {
    this.setState({ stack: componentStack ?? '' })
  }

  override componentDidUpdate(before: BoundaryProps): void {
    if (this.state.isBroken && before.resetBy !== this.props.resetBy) this.reset()
  }

  private readonly reset = (): void => this.setState(whole)

  override render(): ReactNode {
    const { scope, children, actions, frame = (message) => message } = this.props
    const { fault, isBroken, stack } = this.state
    if (!isBroken) return children
    return frame(<FaultMessage scope={scope} fault={fault} stack={stack} retry={this.reset} actions={actions} />)
  }
}

interface FaultMessageProps {
  readonly scope: FaultScope
  readonly fault: unknown
  readonly stack: string
  readonly retry: () => void
  readonly actions: ReactNode
}

function FaultMessage({ scope, fault, stack, retry, actions }: FaultMessageProps) {
  const t = useT()
  const details = detailsOf(fault, stack)
  return (
    <section
      className="fault"
      role="alert"
      data-scope={scope}
      // On a node a press must not drag it.
      onPointerDown={(event) => event.stopPropagation()}
    >
      <p>{fault instanceof PartNotLoaded ? t('fault.notLoaded') : t(`fault.${scope}`)}</p>
      <div className="fault-actions">
        <button type="button" className="button" onClick={retry}>
          {t('app.retry')}
        </button>
        {scope !== 'node' && (
          <button type="button" className="button primary" onClick={() => location.reload()}>
            {t('fault.reload')}
          </button>
        )}
        {actions}
      </div>
      <details>
        <summary>{t('fault.details')}</summary>
        <pre className="report" tabIndex={0}>
          {details}
        </pre>
      </details>
    </section>
  )
}

/** What someone who mends it wants to know: the message, where it was thrown, and in which components. */
function detailsOf(fault: unknown, stack: string): string {
  if (!(fault instanceof Error)) return `${String(fault)}\n${stack}`
  const { cause } = fault
  return [
    fault.stack ?? fault.message,
    ...(cause instanceof Error ? [`Caused by: ${cause.message}`] : []),
    stack.trimEnd(),
  ].join('\n')
}
