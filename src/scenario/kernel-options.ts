// The settings that a distribution makes at boot, for the kernels that a scenario's images bring.
import { type KernelOptions, kernelOptionsOf } from '../kernel/kernel-options.js'
import type { Image } from '../node/image.js'

export function kernelOptionsOfImage(image: Image): KernelOptions {
  return kernelOptionsOf(image.kernel, { sysctl: distributionSysctl(image) })
}

function distributionSysctl(image: Image): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  // Ubuntu's 10-network-security.conf turned the source check on; CentOS sets it in its sysctl defaults.
  if (image.name.startsWith('ubuntu-')) for (const name of ['default', 'all']) values.set(`net.ipv4.conf.${name}.rp_filter`, '1')
  if (image.family === 'redhat') values.set('net.ipv4.conf.default.rp_filter', '1')
  return values
}
