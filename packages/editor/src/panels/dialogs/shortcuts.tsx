import { undoDepth } from '../../state/document.ts'
import { commands } from '../../canvas/commands.ts'
import { useT } from '../../canvas/context.tsx'
import { Sheet, type Closable } from '../controls.tsx'

export function Shortcuts({ close }: Closable) {
  const t = useT()
  return (
    <Sheet title={t('shortcuts.title')} description={t('settings.maxUndo', { count: undoDepth })} onClose={close} wide>
      <dl className="shortcuts">
        {commands
          .filter((command) => command.keys)
          .map((command) => (
            <div key={command.id}>
              <dt>{t(command.label)}</dt>
              <dd>
                {command.keys?.map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </dd>
            </div>
          ))}
      </dl>
    </Sheet>
  )
}
