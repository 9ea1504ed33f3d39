import type { Logger } from 'pino'
import { type Device, chooseDevice, cpuDevice } from '@patchbay/nodes'

/**
 * The devices that names such as `auto`, `cuda` or `cpu:4` stand for, each once; the CPU where there are none. Which
 * was chosen is logged, and for whoever debugs why others were not.
 * @throws Error that says what is missing, where a device does not work
 */
export async function chooseDevices(
  names: readonly string[],
  log: Pick<Logger, 'info' | 'debug'>,
): Promise<readonly [Device, ...Device[]]> {
  const chosen = new Map<string, Device>()
  for (const name of new Set(names)) {
    const { device, reports } = await chooseDevice(name)
    for (const { provider, usable, reason } of reports) log.debug({ provider, usable, reason }, 'device tried')
    const passedBy = reports.filter(({ usable }) => !usable).map(({ provider }) => provider)
    log.info(
      { device: device.name, attention: device.attention, passedBy },
      'device chosen; `patchbay doctor` says why',
    )
    chosen.set(device.name, device)
  }
  const [first = cpuDevice, ...rest] = chosen.values()
  return [first, ...rest]
}
