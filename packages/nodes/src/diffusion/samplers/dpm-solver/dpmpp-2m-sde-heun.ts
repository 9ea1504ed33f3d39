import { dpmpp2mSdeWith } from './dpmpp-2m-sde.ts'

/** The Heun form of SDE-DPM-Solver++(2M): the change of the estimate is integrated exactly. */
export const dpmpp_2m_sde_heun = dpmpp2mSdeWith(({ hEta, take }, r, alphaNext) => (alphaNext - take / hEta) / r)
