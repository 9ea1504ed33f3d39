import { saSolverWith } from './sa-solver.ts'

/** SA-Solver that estimates again after each correction: two estimates a step. */
export const sa_solver_pece = saSolverWith({ reestimates: true })
