/**
 * Runs the tiny training of the first argument in the folder of the second for as many steps as the third says, and
 * dies at the step of the fourth.
 */
import { runTinyTraining, tinyTrainings, type TinyTraining } from './tiny-trainings.ts'

const [name = '', folder = '', steps = '', last = ''] = process.argv.slice(2)
const isTraining = (one: string): one is TinyTraining => one in tinyTrainings
if (!isTraining(name)) throw new Error(`There is no training "${name}"`)
await runTinyTraining(name, folder, Number(steps), (step) => {
  if (step === Number(last)) process.kill(process.pid, 'SIGKILL')
})
