// The files of names that dnsmasq answers from: /etc/hosts and those of --addn-hosts.
import { atLeast } from '../../image.js'
import type { Process } from '../../process.js'
import { type HostsFile, parseHostsFile } from './dns-server.js'
import type { DnsmasqConfig } from './options.js'

export function readHostsFiles(proc: Process, config: DnsmasqConfig, log: (text: string) => void): HostsFile[] {
  const hosts: HostsFile[] = []
  const paths = [...(config.given.has('no-hosts') ? [] : ['/etc/hosts']), ...config.addnHosts]
  if (paths.length === 0 && config.port !== 0) log('cleared cache')
  for (const path of paths) {
    if (!proc.files.exists(path)) {
      log(`failed to load names from ${path}: No such file or directory`)
      continue
    }
    const file = parseHostsFile(path, proc.files.read(path))
    hosts.push(file)
    const names = file.entries.reduce((sum, entry) => sum + entry.names.length, 0)
    const isNew = atLeast(proc.machine.image.tool('dnsmasq'), '2.86')
    if (config.port !== 0) log(`read ${path} - ${isNew ? `${names} names` : `${file.entries.length} addresses`}`)
  }
  return hosts
}
