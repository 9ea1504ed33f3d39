import { createContext, useContext } from 'react'
import { required } from '../contexts/editor-context.tsx'
import type { Stage } from './stage.ts'

const StageContext = createContext<Stage | undefined>(undefined)

export const StageProvider = StageContext.Provider

export function useStage(): Stage {
  return required(useContext(StageContext), 'The stage')
}
