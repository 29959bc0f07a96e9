// The settings that a distribution makes at boot, for the kernels that a scenario's images bring.
import { type KernelOptions, kernelOptionsOf } from '../kernel/kernel-options.js'
import type { Image } from '../node/image.js'

export function kernelOptionsOfImage(image: Image): KernelOptions {
  // systemd's 50-default.conf; the others here are older than it, or have none of it.
  const qdisc = image.name === 'ubuntu-20.04' ? 'fq_codel' : 'pfifo_fast'
  return kernelOptionsOf(image.kernel, { qdisc, sysctl: distributionSysctl(image) })
}

function distributionSysctl(image: Image): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  // Ubuntu's 10-network-security.conf turned the source check on; CentOS sets it in its sysctl defaults.
  // Loosely since 20.04.
  const check = image.name === 'ubuntu-20.04' ? '2' : '1'
  if (image.name.startsWith('ubuntu-')) for (const name of ['default', 'all']) values.set(`net.ipv4.conf.${name}.rp_filter`, check)
  if (image.name === 'ubuntu-20.04') values.set('net.core.default_qdisc', 'fq_codel')
  if (image.family === 'redhat') values.set('net.ipv4.conf.default.rp_filter', '1')
  return values
}
