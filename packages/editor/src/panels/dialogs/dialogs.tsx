import { useStore } from 'zustand'
import type { Stage } from '../../canvas/stage.ts'
import { useEditor, useT } from '../../contexts/editor-context.tsx'
import { FaultBoundary } from '../../contexts/fault-boundary.tsx'
import { loadedPart } from '../../contexts/loaded-part.tsx'
import { Sheet } from '../controls.tsx'
import { LinkDialog } from './link-dialog.tsx'
import { DetailsDialog } from './details-dialog.tsx'
import { ConfirmClose, ConfirmDelete, ConflictDialog, ImportProblems } from './questions.tsx'
import { SaveAsDialog } from './save-as-dialog.tsx'
import './dialogs.css'

const ResultViewer = loadedPart(async () => (await import('./result-viewer.tsx')).ResultViewer)
const GalleryViewer = loadedPart(async () => (await import('./result-viewer.tsx')).GalleryViewer)
const Versions = loadedPart(async () => (await import('./versions.tsx')).Versions)
const MaskPainter = loadedPart(async () => (await import('./mask-painter.tsx')).MaskPainter)
const GridDialog = loadedPart(async () => (await import('./grid-dialog.tsx')).GridDialog)
const GridResults = loadedPart(async () => (await import('./grid-results.tsx')).GridResults)
const SettingsDialog = loadedPart(async () => (await import('./settings-dialog.tsx')).SettingsDialog)
const TemplatesDialog = loadedPart(async () => (await import('./templates-dialog.tsx')).TemplatesDialog)
const MissingDialog = loadedPart(async () => (await import('./missing-dialog.tsx')).MissingDialog)
const NodeHelp = loadedPart(async () => (await import('./node-help.tsx')).NodeHelp)
const SubWorkflowDialog = loadedPart(async () => (await import('./sub-workflow-dialog.tsx')).SubWorkflowDialog)
const JobDialog = loadedPart(async () => (await import('./job-dialog.tsx')).JobDialog)

const SetAsideDialog = loadedPart(async () => (await import('./set-aside-dialog.tsx')).SetAsideDialog)

/**
 * Loads the code of the rare dialogs when the page has nothing else to do, so that they open while the server is
 * away.
 */
export function preloadDialogs(): void {
  const parts = [
    ResultViewer,
    GalleryViewer,
    Versions,
    MaskPainter,
    GridDialog,
    GridResults,
    SettingsDialog,
    TemplatesDialog,
    MissingDialog,
    NodeHelp,
    SubWorkflowDialog,
    JobDialog,
    SetAsideDialog,
  ]
  const load = (): void => {
    for (const part of parts) void part.preload()
  }
  if ('requestIdleCallback' in globalThis) requestIdleCallback(load)
  else setTimeout(load, 2000)
}

/** The dialog that is open, if any. Rare ones are loaded when they are first opened. */
export function Dialogs({ stage }: { readonly stage: Stage | undefined }) {
  const t = useT()
  const { surface } = useEditor()
  const dialog = useStore(surface, (state) => state.dialog)
  const close = (): void => surface.setState({ dialog: { type: 'none' } })
  return (
    <FaultBoundary
      scope="dialog"
      resetBy={dialog}
      frame={(message) => (
        <Sheet title={t('fault.title')} onClose={close}>
          {message}
        </Sheet>
      )}
    >
      {content()}
    </FaultBoundary>
  )

  function content() {
    switch (dialog.type) {
      case 'none':
        return null
      case 'save-as':
        return <SaveAsDialog close={close} />
      case 'details':
        return <DetailsDialog close={close} />
      case 'versions':
        return <Versions close={close} />
      case 'settings':
        return <SettingsDialog key={dialog.part} part={dialog.part} close={close} />
      case 'templates':
        return <TemplatesDialog close={close} />
      case 'missing':
        return <MissingDialog close={close} />
      case 'set-aside':
        return <SetAsideDialog close={close} />
      case 'import-problems':
        return <ImportProblems problems={dialog.problems} close={close} />
      case 'grid':
        return <GridDialog close={close} />
      case 'grid-results':
        return <GridResults grid={dialog.grid} close={close} />
      case 'conflict':
        return <ConflictDialog version={dialog.version} close={close} />
      case 'close-tab':
        return <ConfirmClose tab={dialog.tab} close={close} />
      case 'delete-workflow':
        return <ConfirmDelete id={dialog.id} name={dialog.name} close={close} />
      case 'result':
        return <ResultViewer node={dialog.node} index={dialog.index} stage={stage} close={close} />
      case 'picture':
        return <GalleryViewer pictures={dialog.pictures} index={dialog.index} stage={stage} close={close} />
      case 'mask':
        return <MaskPainter node={dialog.node} input={dialog.input} file={dialog.file} close={close} />
      case 'job':
        return <JobDialog job={dialog.job} close={close} />
      case 'node-help':
        return <NodeHelp node={dialog.node} stage={stage} close={close} />
      case 'sub-workflow':
        return <SubWorkflowDialog name={dialog.name} close={close} />
      case 'link':
        return stage ? <LinkDialog node={dialog.node} stage={stage} close={close} /> : null
    }
  }
}
